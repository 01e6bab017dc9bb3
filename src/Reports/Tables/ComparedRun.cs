namespace Das.Reports.Tables;

/// <summary>One number by which a task is judged.</summary>
/// <param name="Task">vqa, nlvr2, retrieval or language.</param>
/// <param name="Title">The paper's word for it.</param>
/// <param name="Metric">Its name in <see cref="MetricNames"/>.</param>
public sealed record Measure(string Task, string Title, string Metric)
{
    /// <summary>In the paper's order.</summary>
    public static IReadOnlyList<Measure> All { get; } =
    [
        new(TaskNames.Vqa, "VQA", MetricNames.Accuracy),
        new(TaskNames.Pairs, "NLVR2", MetricNames.Accuracy),
        new(TaskNames.Retrieval, "IR R@1", MetricNames.IrRecall1),
        new(TaskNames.Retrieval, "TR R@1", MetricNames.TrRecall1),
        new(TaskNames.Language, "accuracy", MetricNames.Accuracy),
    ];
}

/// <summary>A complete run with what a comparison needs to know of it.</summary>
public sealed record ComparedRun(EvaluatedRun Run, Recipe Recipe, string Task)
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
        catch (DasException e) { throw new DasException(ErrorKind.Storage, $"Run {run.ShortId} ({run.Name}) has a recipe that this version cannot read. Run it again. "
            + $"{e.Message}"); }
        return new(run, recipe, TaskOf(run));
    }

    public double? Metric(string name) => Run.Metrics.Named(name)?.Mean;

    /// <summary>What the report says; reports from before there were several tasks say nothing.</summary>
    private static string TaskOf(EvaluatedRun run)
    {
        if (run.Report is null) return new EvaluationReport().Task;
        string task;
        try { task = ResultFiles.Read<EvaluationReport>(run.Report).Task; }
        catch (DasException e) { throw new DasException(ErrorKind.Storage, $"The report of run {run.ShortId} ({run.Name}) cannot be read: {e.Message} Evaluate again: das run "
            + $"{run.Name} --fresh.", e); }
        if (Measure.All.Any(measure => measure.Task == task)) return task;
        throw new DasException(ErrorKind.Storage, $"{run.Report}: the task '{task}' has no column in this table; expected "
            + $"{string.Join(", ", Measure.All.Select(measure => measure.Task).Distinct())}.");
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
