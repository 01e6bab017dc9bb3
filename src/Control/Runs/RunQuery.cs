namespace Das.Control.Runs;

/// <summary>Which runs a list shows; what is null leaves nothing out.</summary>
public sealed record RunQuery
{
    public const int MostTaken = 500;

    /// <summary>What a run at work on a stage was called before the stage stood beside the state.</summary>
    private static readonly Dictionary<string, string> Former = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Ingesting"] = PipelineStages.Ingest,
        ["Searching"] = PipelineStages.Search,
        ["Finetuning"] = PipelineStages.Finetune,
        ["Evaluating"] = PipelineStages.Evaluate,
    };

    /// <summary>What the recipe calls itself.</summary>
    public string? Recipe { get; init; }

    public string? Backbone { get; init; }
    public string? Benchmark { get; init; }

    public RunStatus? State { get; init; }

    /// <summary>A step that the run is at work on.</summary>
    public string? Stage { get; init; }

    public string? Tag { get; init; }

    /// <summary>Part of the name or of the notes.</summary>
    public string? Text { get; init; }

    public int Skip { get; init; }
    public int Take { get; init => field = Math.Clamp(value, 1, MostTaken); } = 50;

    /// <summary>The query in one state, by its name: <c>Running</c>, or as it was called before, <c>Searching</c>; null for every state.</summary>
    /// <exception cref="DasException">There is no such state.</exception>
    public RunQuery InState(string? name) =>
        name is null ? this
        : Former.TryGetValue(name, out string? stage) ? this with { State = RunStatus.Running, Stage = stage }
        : Enum.TryParse(name, ignoreCase: true, out RunStatus state) && Enum.IsDefined(state) ? this with { State = state }
        : throw new DasException(ErrorKind.Usage, Nearest.Unknown("state", name, Enum.GetNames<RunStatus>()));

    internal IQueryable<RunRow> Of(RegistryContext rows)
    {
        IQueryable<RunRow> runs = rows.Runs;
        if (Recipe is not null) runs = runs.Where(run => run.RecipeName == Recipe);
        if (Backbone is not null) runs = runs.Where(run => run.Backbone == Backbone);
        if (Benchmark is not null) runs = runs.Where(run => run.Benchmark == Benchmark);
        if (State is not null) runs = runs.Where(run => run.State == State);
        if (Stage is not null)
            runs = runs.Where(run => rows.Set<StageRow>().Any(stage => stage.RunId == run.Id && stage.Stage == Stage && stage.State == StageStatus.Running));
        if (Tag is not null) runs = runs.Where(run => run.Tags.Contains($" {Tag} "));
        if (Text is not null) runs = runs.Where(run => run.Name.Contains(Text) || run.Notes.Contains(Text));
        return runs;
    }
}

/// <summary>A part of the list and how many runs the whole has.</summary>
public sealed record RunPage(IReadOnlyList<RunView> Runs, int Total);
