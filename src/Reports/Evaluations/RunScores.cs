namespace Das.Reports.Evaluations;

/// <summary>The numbers of a run by what they are.</summary>
/// <param name="Measured">What the task is judged by, the telling one first.</param>
/// <param name="Baselines">What scores without a model reach.</param>
/// <param name="Costs">Parameters, multiply-accumulates of one sample, milliseconds.</param>
public sealed record RunScores(IReadOnlyList<Metric> Measured, IReadOnlyList<Metric> Baselines, IReadOnlyList<Metric> Costs)
{
    /// <summary>What lists of runs show first, in this order.</summary>
    private static readonly string[] Telling =
        [.. TaskKinds.All.SelectMany(task => task.Metrics).Where(metric => metric.Headline).Select(metric => metric.Name).Distinct()];

    /// <summary>The number that stands for the run; null before it is scored.</summary>
    public Metric? Key => Measured.Count > 0 ? Measured[0] : null;

    /// <param name="metrics">Of <see cref="EvaluatedRun.Metrics"/>.</param>
    public static RunScores Of(IReadOnlyList<Metric> metrics) => new(
        [.. metrics.Where(metric => metric.Kind == MetricKind.Score).OrderBy(metric => Rank(Telling, metric.Name)).ThenBy(metric => metric.Name.Length)
            .ThenBy(metric => metric.Name, StringComparer.Ordinal)],
        [.. metrics.Where(metric => metric.Kind == MetricKind.Baseline)],
        [.. metrics.Where(metric => metric.Kind == MetricKind.Cost).OrderBy(metric => Rank(MetricNames.Costs, metric.Name))]);

    private static int Rank(IReadOnlyList<string> order, string name) => order.TakeWhile(known => known != name).Count();
}
