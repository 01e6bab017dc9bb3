namespace Das.Admin.Compare;

/// <summary>What the paper's table needs to know of a run.</summary>
/// <param name="Id">The run.</param>
/// <param name="Name">What lists call it.</param>
/// <param name="State">How it stands, in lower case.</param>
/// <param name="Complete">It has come to its end.</param>
/// <param name="Recipe">The whole recipe as canonical JSON.</param>
/// <param name="Metrics">By <see cref="MetricNames"/>.</param>
/// <param name="Report">Path of its report; null where there is none.</param>
public sealed record EvaluatedRun(Guid Id, string Name, string State, bool Complete, string Recipe, IReadOnlyDictionary<string, double> Metrics, string? Report)
{
    public string ShortId => RunView.ShortIdOf(Id);

    /// <exception cref="DasException">Its result is gone or has changed.</exception>
    public static EvaluatedRun Of(RunView run, ArtifactStore store) =>
        new(run.Id, run.Name, run.State.ToLowerInvariant(), run.Succeeded, run.Recipe, run.Metrics,
        run.Artifacts.TryGetValue(RunState.Evaluate, out ArtifactRef? evaluated) ? store.PathOf(store.ReadResult(evaluated).File(EvaluationFiles.Report))
            : null);
}
