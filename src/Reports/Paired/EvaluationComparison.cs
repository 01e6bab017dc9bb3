using Das.Reports.Predictions;

namespace Das.Reports.Paired;

/// <summary>How a metric of one run compares with another run's.</summary>
/// <param name="Before">The first run's mean, as a share; null where it has no such metric.</param>
/// <param name="After">The second's.</param>
/// <param name="PValue">Of the paired two-sided test; null where there is none.</param>
/// <param name="Questions">How many questions both answered; 0 without a test.</param>
/// <param name="Why">Why there is no paired test, as a sentence.</param>
public sealed record PairedComparison(double? Before, double? After, double? PValue, int Questions, string? Why)
{
    /// <summary>The whole test; null where there is none.</summary>
    public PairedTest? Test { get; init; }
}

/// <summary>Compares two runs question by question.</summary>
public sealed class EvaluationComparison(ArtifactStore store, PredictionIndexes indexes)
{
    /// <summary>Compares <paramref name="metric"/> of two runs; whatever stands in the way of a paired test is told as a sentence.</summary>
    public PairedComparison Compare(EvaluatedRun before, EvaluatedRun after, string metric, CancellationToken cancellation)
    {
        try
        {
            PairedQuestions questions = Questions(before, after, metric, cancellation);
            PairedTest test = PairedTest.Of(questions.ScoresA, questions.ScoresB);
            return new(test.Before, test.After, test.PValue, test.Questions, null) { Test = test };
        }
        catch (Exception reason) when (reason is DasException or IOException or UnauthorizedAccessException)
        {
            return new(Mean(before, metric), Mean(after, metric), null, 0, reason.Message);
        }
    }

    /// <summary>Why no two evaluations like <paramref name="run"/>'s can be compared by <paramref name="metric"/>, as a sentence; null where they
    /// can, or where its files do not say.</summary>
    public string? Incomparable(EvaluatedRun run, string metric)
    {
        try { return RunPredictions.Of(run, store).Kind.Metric(metric)?.Contribution is null ? PairedQuestions.Untested(metric) : null; }
        catch (Exception unknown) when (unknown is DasException or IOException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>Both runs' scores, question by question.</summary>
    /// <inheritdoc cref="PairedQuestions.Of" path="/exception"/>
    public PairedQuestions Questions(EvaluatedRun a, EvaluatedRun b, string metric, CancellationToken cancellation) =>
        PairedQuestions.Of(RunPredictions.Of(a, store), RunPredictions.Of(b, store), metric, indexes, cancellation);

    private static double? Mean(EvaluatedRun run, string metric) => run.Metrics.Named(metric)?.Mean;
}
