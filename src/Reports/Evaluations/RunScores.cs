namespace Das.Reports.Evaluations;

/// <summary>A measured number with the ends of its 95 % interval, where it has one.</summary>
public sealed record RunScore(string Name, double Value, double? Low, double? High);

/// <summary>The numbers of a run by what they are.</summary>
/// <param name="Measured">What the task is judged by, the telling one first.</param>
/// <param name="Baselines">What scores without a model reach.</param>
/// <param name="Costs">Parameters, multiply-accumulates of one sample, milliseconds.</param>
public sealed record RunScores(IReadOnlyList<RunScore> Measured, IReadOnlyList<RunScore> Baselines, IReadOnlyList<RunScore> Costs)
{
    /// <summary>What lists of runs show first, in this order.</summary>
    private static readonly string[] Telling = [MetricNames.Accuracy, MetricNames.IrRecall1, MetricNames.TrRecall1];

    private static readonly string[] CostNames =
    [
        MetricNames.UpdatedParameters, MetricNames.TotalParameters, MetricNames.MacsBackbone, MetricNames.MacsFull, MetricNames.MacsSkipped,
            MetricNames.MillisecondsFull, MetricNames.MillisecondsSkipped,
    ];

    /// <summary>The number that stands for the run; null before it is scored.</summary>
    public RunScore? Key => Measured.Count > 0 ? Measured[0] : null;

    /// <param name="metrics">Of <see cref="EvaluatedRun.Metrics"/>: an interval's ends are named after the number, with Low and High.</param>
    public static RunScores Of(IReadOnlyDictionary<string, double> metrics)
    {
        HashSet<string> ends = [.. metrics.Keys.SelectMany(name => new[] { MetricNames.Low(name), MetricNames.High(name) })];
        RunScore[] all = [.. metrics.Keys.Where(name => !ends.Contains(name))
            .Select(name => new RunScore(name, metrics[name], End(MetricNames.Low(name), metrics), End(MetricNames.High(name), metrics)))];
        return new(
            [.. all.Where(score => score.Low is not null || Telling.Contains(score.Name)).OrderBy(score => Rank(Telling, score.Name))
                .ThenBy(score => score.Name.Length).ThenBy(score => score.Name, StringComparer.Ordinal)],
            [.. all.Where(score => score.Low is null && !Telling.Contains(score.Name) && !CostNames.Contains(score.Name))],
            [.. all.Where(score => CostNames.Contains(score.Name)).OrderBy(score => Rank(CostNames, score.Name))]);
    }

    private static double? End(string name, IReadOnlyDictionary<string, double> metrics) => metrics.TryGetValue(name, out double value) ? value : null;

    private static int Rank(string[] order, string name) => Array.IndexOf(order, name) is var place && place >= 0 ? place : order.Length;
}
