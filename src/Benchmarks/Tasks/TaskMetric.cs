namespace Das.Benchmarks.Tasks;

/// <summary>A number by which a task is judged.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Title">The paper's word for it.</param>
/// <param name="HigherIsBetter">False of what is to be avoided.</param>
/// <param name="Contribution">
/// A prediction's <see cref="ShownPrediction.Value"/> → what the question contributes to the mean, in [0, 1]; null where predictions do not hold
/// what that needs, so that there is no paired test.
/// </param>
/// <param name="Group">The split evaluated → the <see cref="ShownPrediction.Group"/> that it is the mean of; null where there is one group.</param>
public sealed record TaskMetric(string Name, string Title, bool HigherIsBetter = true, Func<double, double>? Contribution = null,
    Func<string, string>? Group = null)
{
    /// <summary>Whether the paper's tables have a column for it.</summary>
    public bool Headline { get; init; }

    /// <summary>The predictions it is over, where <paramref name="split"/> was evaluated: their <see cref="ShownPrediction.Group"/>.</summary>
    public string GroupOf(string split) => Group?.Invoke(split) ?? "";
}

/// <summary>What came of scoring.</summary>
/// <param name="Metrics">Metric → mean with interval, in the published order; none where the answers are withheld.</param>
/// <param name="Baselines">Baseline → its score on the same questions.</param>
public sealed record TaskScores(IReadOnlyDictionary<string, MeanScore> Metrics, IReadOnlyDictionary<string, double> Baselines)
{
    /// <summary>For a split whose answers are withheld.</summary>
    public static TaskScores Withheld { get; } = new(new Dictionary<string, MeanScore>(), new Dictionary<string, double>());
}
