namespace Das.Reports.Predictions;

/// <summary>A run's predictions and what they are about.</summary>
/// <param name="Run">The run.</param>
/// <param name="Report">Its report.</param>
/// <param name="File">The predictions.</param>
/// <param name="Path">Where they lie.</param>
/// <param name="Dataset">SHA-256 of the ingested dataset's manifest, which names every table's digest.</param>
public sealed record RunPredictions(EvaluatedRun Run, EvaluationReport Report, ArtifactRef File, string Path, string Dataset)
{
    /// <summary>Its task.</summary>
    /// <exception cref="DasException">There is no such task.</exception>
    public TaskKind Kind => TaskKinds.Get(Report.Task);

    /// <summary>Finds them in the store.</summary>
    /// <exception cref="DasException">The run has not been evaluated, or its files are gone or not what they were.</exception>
    public static RunPredictions Of(EvaluatedRun run, ArtifactStore store)
    {
        if (run is not { Evaluation: { } evaluated, Dataset: { } ingested })
            throw new DasException(ErrorKind.Usage, $"Run {run.ShortId} ({run.Name}) has not been evaluated: it is {run.State.ToString().ToLowerInvariant()}.");
        try
        {
            return new(run, ReadReport(run, store.Verified(evaluated, ResultFiles.Report)), store.ReadResult(evaluated).File(ResultFiles.Predictions),
                store.Verified(evaluated, ResultFiles.Predictions), store.ReadResult(ingested).File(ResultFiles.Manifest).Sha256);
        }
        catch (DamagedArtifact damaged)
        {
            throw new DasException(damaged.Kind, $"Run {run.ShortId} ({run.Name}): {damaged.Message}", damaged);
        }
    }

    private static EvaluationReport ReadReport(EvaluatedRun run, string path)
    {
        try { return ResultFiles.Read<EvaluationReport>(path); }
        catch (DasException unreadable)
        {
            throw new DasException(ErrorKind.Storage, $"The report of run {run.ShortId} ({run.Name}) cannot be read: {unreadable.Message} Evaluate again.",
                unreadable);
        }
    }
}
