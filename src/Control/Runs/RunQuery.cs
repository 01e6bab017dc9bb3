namespace Das.Control.Runs;

/// <summary>Which runs a list shows; what is null leaves nothing out.</summary>
public sealed record RunQuery
{
    public const int MostTaken = 500;

    /// <summary>What the recipe calls itself.</summary>
    public string? Recipe { get; init; }

    public string? Backbone { get; init; }
    public string? Benchmark { get; init; }

    /// <summary>Queued, Ingesting, Searching, Finetuning, Evaluating, Completed, Failed or Cancelled.</summary>
    public string? State { get; init; }

    public string? Tag { get; init; }

    /// <summary>Part of the name or of the notes.</summary>
    public string? Text { get; init; }

    public int Skip { get; init; }
    public int Take { get; init => field = Math.Clamp(value, 1, MostTaken); } = 50;

    internal IQueryable<RunRow> Of(IQueryable<RunRow> runs)
    {
        if (Recipe is not null) runs = runs.Where(run => run.RecipeName == Recipe);
        if (Backbone is not null) runs = runs.Where(run => run.Backbone == Backbone);
        if (Benchmark is not null) runs = runs.Where(run => run.Benchmark == Benchmark);
        if (State is not null) runs = runs.Where(run => run.State == State);
        if (Tag is not null) runs = runs.Where(run => run.Tags.Contains($" {Tag} "));
        if (Text is not null) runs = runs.Where(run => run.Name.Contains(Text) || run.Notes.Contains(Text));
        return runs;
    }
}

/// <summary>A part of the list and how many runs the whole has.</summary>
public sealed record RunPage(IReadOnlyList<RunView> Runs, int Total);
