namespace Das.Benchmarks.Scoring;

/// <summary>
/// The mean of scores in [0, 1], one a question, sentence or query, and its 95 % confidence interval <c>mean ± 1.96 · s / √n</c> (normal
/// approximation; s: the scores' sample standard deviation), cut to [0, 1].
/// </summary>
/// <param name="Count">n.</param>
/// <param name="Mean">In [0, 1]; 0 without scores.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record MeanScore(int Count, double Mean, double Low, double High)
{
    /// <summary>The standard normal's 97.5 % quantile.</summary>
    internal const double Quantile = 1.959963984540054;

    public static MeanScore Of(IReadOnlyCollection<double> scores)
    {
        if (scores.Count == 0) return new(0, 0, 0, 0);
        double mean = scores.Average();
        double variance = scores.Count == 1 ? 0 : scores.Sum(s => (s - mean) * (s - mean)) / (scores.Count - 1);
        double half = Quantile * Math.Sqrt(variance / scores.Count);
        return new(scores.Count, mean, Math.Max(0, mean - half), Math.Min(1, mean + half));
    }

    /// <summary>The share of hits.</summary>
    public static MeanScore Of(IEnumerable<bool> hits) => Of([.. hits.Select(h => h ? 1.0 : 0.0)]);
}
