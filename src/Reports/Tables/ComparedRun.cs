namespace Das.Reports.Tables;

/// <summary>A complete run with what a comparison needs to know of it.</summary>
public sealed record ComparedRun(EvaluatedRun Run, Recipe Recipe, TaskKind Task)
{
    public Method Method { get; } = Method.Of(Recipe);

    /// <summary>A set of a general format goes by its own name.</summary>
    public string Benchmark => Recipe.Benchmark.Options?["name"] is JsonValue name && name.TryGetValue(out string? own) ? own : Recipe.Benchmark.Name;

    /// <summary>Everything that must be the same in two runs whose seeds are averaged.</summary>
    public JsonObject Settings { get; } = Comparable(Recipe);

    public string ShortId => Run.ShortId;

    /// <exception cref="DasException">Its recipe or report cannot be read, or its task is unknown.</exception>
    public static ComparedRun Of(EvaluatedRun run)
    {
        Recipe recipe;
        try { recipe = Recipe.Parse(run.Recipe); }
        catch (DasException e)
        {
            throw new DasException(ErrorKind.Storage, $"Run {run.ShortId} ({run.Name}) has a recipe that this version cannot read. Run it again. {e.Message}");
        }
        return new(run, recipe, TaskOf(run));
    }

    public double? Metric(string name) => Run.Metrics.Named(name)?.Mean;

    /// <summary>What the report says; what a run without a report is taken for is what the earliest ones were.</summary>
    private static TaskKind TaskOf(EvaluatedRun run)
    {
        string task;
        try { task = (run.Report is null ? new() : ResultFiles.Read<EvaluationReport>(run.Report)).Task; }
        catch (DasException e)
        {
            throw new DasException(ErrorKind.Storage, $"The report of run {run.ShortId} ({run.Name}) cannot be read: {e.Message} Evaluate again: das run "
                + $"{run.Name} --fresh.", e);
        }
        return TaskKinds.All.FirstOrDefault(kind => kind.Name == task) ?? throw new DasException(ErrorKind.Storage,
            $"{run.Report}: the task '{task}' has no column in this table; expected {string.Join(", ", TaskKinds.All.Select(kind => kind.Name))}.");
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
