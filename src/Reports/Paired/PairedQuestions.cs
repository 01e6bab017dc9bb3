using Das.Reports.Predictions;

namespace Das.Reports.Paired;

/// <summary>Two runs' scores on the same questions.</summary>
/// <param name="A">The one run.</param>
/// <param name="B">The other.</param>
/// <param name="ScoresA">What each question contributes to the metric.</param>
/// <param name="ScoresB">The same of the other run, in the same order.</param>
/// <param name="OffsetsA">Where each question's line begins.</param>
/// <param name="OffsetsB">The same of the other run.</param>
public sealed record PairedQuestions(RunPredictions A, RunPredictions B, double[] ScoresA, double[] ScoresB, long[] OffsetsA, long[] OffsetsB)
{
    /// <summary>Brings the two together.</summary>
    /// <exception cref="DasException">They did not answer the same questions, the metric is none of single questions, or a predictions file is
    /// damaged.</exception>
    public static PairedQuestions Of(RunPredictions a, RunPredictions b, string metric, PredictionIndexes indexes, CancellationToken cancellation)
    {
        RefuseDifferent("benchmark", a, a.Report.Benchmark, b, b.Report.Benchmark);
        RefuseDifferent("task", a, a.Report.Task, b, b.Report.Task);
        RefuseDifferent("split", a, a.Report.Split, b, b.Report.Split);
        if (a.Dataset != b.Dataset)
            throw new DasException(ErrorKind.Usage,
                $"Runs {a.Run.ShortId} and {b.Run.ShortId} were evaluated on different datasets ({a.Dataset[..12]}, {b.Dataset[..12]}), "
                + "so their questions are not paired.");
        foreach (RunPredictions run in new[] { a, b })
            if (run.Run.Metrics.Named(metric) is null)
                throw new DasException(ErrorKind.Usage, $"Run {run.Run.ShortId} ({run.Run.Name}) has no metric '{metric}'.");
        if (a.Kind.Metric(metric) is not { Contribution: { } contribution } asked) throw new DasException(ErrorKind.Usage, Untested(metric));

        string group = asked.GroupOf(a.Report.Split);
        QuestionGroup ofA = Group(a, group, indexes, cancellation), ofB = Group(b, group, indexes, cancellation);
        if (ofA.Keys != ofB.Keys)
            throw new DasException(ErrorKind.Usage,
                $"The predictions of runs {a.Run.ShortId} and {b.Run.ShortId} do not cover the same questions ({ofA.Values.Length} and "
                + $"{ofB.Values.Length}).");
        return new(a, b, [.. ofA.Values.Select(contribution)], [.. ofB.Values.Select(contribution)], ofA.Offsets, ofB.Offsets);
    }

    /// <summary>What is said of a metric that is not the mean of what each question contributes.</summary>
    internal static string Untested(string metric) =>
        $"The predictions do not say what each question contributes to {metric}, so there is no paired test of it.";

    private static QuestionGroup Group(RunPredictions run, string group, PredictionIndexes indexes, CancellationToken cancellation) =>
        indexes.Of(run, cancellation).Groups.GetValueOrDefault(group)
        ?? throw new DasException(ErrorKind.Usage, $"The predictions of run {run.Run.ShortId} ({run.Run.Name}) hold no questions of "
            + $"{(group.Length > 0 ? $"'{group}'" : "this kind")}.");

    private static void RefuseDifferent(string what, RunPredictions a, string ofA, RunPredictions b, string ofB)
    {
        if (ofA != ofB) throw new DasException(ErrorKind.Usage,
            $"Run {a.Run.ShortId} is an evaluation on the {what} '{ofA}' and run {b.Run.ShortId} on '{ofB}': they have no "
            + "questions in common.");
    }
}
