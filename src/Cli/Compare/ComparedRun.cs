using System.Text.Json;
using System.Text.Json.Nodes;
using Das.Artifacts;
using Das.Cli.Display;
using Das.Recipes;

namespace Das.Cli.Compare;

/// <summary>One number by which a task is judged.</summary>
/// <param name="Task">vqa, nlvr2 or retrieval.</param>
/// <param name="Title">The paper's word for it.</param>
/// <param name="Metric">Its name in <see cref="RunView.Metrics"/>.</param>
public sealed record Measure(string Task, string Title, string Metric)
{
    /// <summary>In the paper's order.</summary>
    public static IReadOnlyList<Measure> All { get; } =
    [
        new("vqa", "VQA", MetricNames.Accuracy),
        new("nlvr2", "NLVR2", MetricNames.Accuracy),
        new("retrieval", "IR R@1", MetricNames.IrRecall1),
        new("retrieval", "TR R@1", MetricNames.TrRecall1),
    ];
}

/// <summary>A complete run with what a comparison needs to know of it.</summary>
public sealed record ComparedRun(RunView Run, Recipe Recipe, string Task)
{
    public Method Method { get; } = Method.Of(Recipe);

    /// <summary>A set of a general format goes by its own name.</summary>
    public string Benchmark => Recipe.Benchmark.Options?["name"] is JsonValue name && name.TryGetValue(out string? own) ? own : Recipe.Benchmark.Name;

    /// <summary>Everything that must be the same in two runs whose seeds are averaged.</summary>
    public JsonObject Settings { get; } = Comparable(Recipe);

    public string ShortId => RunDisplay.ShortId(Run.Id);

    /// <exception cref="DasException">Its recipe or report cannot be read, or its task is unknown.</exception>
    public static ComparedRun Of(RunView run)
    {
        Recipe recipe;
        try { recipe = Recipe.Parse(run.Recipe); }
        catch (RecipeException e) { throw new DasException($"Run {RunDisplay.ShortId(run.Id)} ({run.Name}) has a recipe that this version cannot read. Run it again. {e.Message}"); }
        return new(run, recipe, TaskOf(run));
    }

    public double? Metric(string name) => Run.Metrics.TryGetValue(name, out double value) ? value : null;

    /// <summary>What the report says; reports from before there were several tasks say nothing.</summary>
    private static string TaskOf(RunView run)
    {
        string first = Measure.All[0].Task;
        if (run.Report is null) return first;
        string task;
        try { task = JsonNode.Parse(File.ReadAllBytes(run.Report))?["task"]?.GetValue<string>() ?? first; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new DasException($"The report of run {RunDisplay.ShortId(run.Id)} ({run.Name}) cannot be read: {e.Message} Evaluate again: das run {run.Name} --fresh.");
        }
        if (Measure.All.Any(measure => measure.Task == task)) return task;
        throw new DasException($"{run.Report}: the task '{task}' has no column in this table; expected {string.Join(", ", Measure.All.Select(measure => measure.Task).Distinct())}.");
    }

    private static JsonObject Comparable(Recipe recipe) => JsonNode.Parse((recipe with
    {
        Name = "-",
        Description = "",
        Seed = 0,
        Device = "auto",
        Search = Method.Of(recipe).Skip == 0 ? new() : recipe.Search,
        Evaluate = new() { Split = recipe.Evaluate.Split },
    }).ToCanonicalJson())!.AsObject();
}
