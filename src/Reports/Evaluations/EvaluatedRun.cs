namespace Das.Reports.Evaluations;

/// <summary>A run as reports see it, whoever keeps it.</summary>
/// <param name="Id">The run.</param>
/// <param name="Name">What lists call it.</param>
/// <param name="State">How it stands.</param>
/// <param name="Complete">It has come to its end.</param>
/// <param name="Recipe">The whole recipe as canonical JSON.</param>
/// <param name="Metrics">Its numbers.</param>
/// <param name="Report">Path of its report; null where there is none, or where it is still to be looked up in the store.</param>
public sealed record EvaluatedRun(Guid Id, string Name, RunStatus State, bool Complete, string Recipe, IReadOnlyList<Metric> Metrics,
    string? Report = null)
{
    public string Backbone { get; init; } = "";
    public string Benchmark { get; init; } = "";

    /// <summary>The layers left out; null while unknown.</summary>
    public int[]? SkipModule { get; init; }

    /// <summary>The result of its ingest stage.</summary>
    public ArtifactRef? Dataset { get; init; }

    /// <summary>The result of its evaluate stage.</summary>
    public ArtifactRef? Evaluation { get; init; }

    public string ShortId => RunIds.Short(Id);

    /// <summary>The run with the path of its report.</summary>
    /// <exception cref="DasException">Its result is gone or has changed.</exception>
    public EvaluatedRun WithReport(ArtifactStore store) =>
        Evaluation is null ? this : this with { Report = store.Verified(Evaluation, ResultFiles.Report) };
}
