using Das.Reports.Predictions;

namespace Das.Reports.Paired;

/// <summary>A metric that is the mean of what each question contributes.</summary>
/// <param name="Group">The questions it is over: <see cref="Prediction.Group"/>.</param>
/// <param name="Score">A prediction's value → what it contributes, in [0, 1].</param>
public sealed record QuestionMetric(string Group, Func<double, double> Score)
{
    private const string Development = "dev";

    /// <summary>How the metric is made of predictions; null where they do not hold what it needs.</summary>
    public static QuestionMetric? Of(EvaluationReport report, string metric) => (report.Task, metric) switch
    {
        (TaskNames.Retrieval, _) =>
            Recall(metric, MetricNames.IrRecall, Prediction.CaptionSearch) ?? Recall(metric, MetricNames.TrRecall, Prediction.ImageSearch),
        (TaskNames.Pairs, MetricNames.Accuracy) => new(report.Split, score => score),
        (TaskNames.Pairs, MetricNames.DevelopmentAccuracy) => new(Development, score => score),
        (TaskNames.Vqa or TaskNames.Language, MetricNames.Accuracy) => new("", score => score),
        _ => null,
    };

    /// <summary>What is said where there is none.</summary>
    public static string Untested(string metric) => $"The predictions do not say what each question contributes to {metric}, so there is no paired test of it.";

    private static QuestionMetric? Recall(string metric, string name, string group) =>
        metric.StartsWith(name, StringComparison.Ordinal) && int.TryParse(metric.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out int k)
            ? new(group, before => before < k ? 1 : 0)
            : null;
}
