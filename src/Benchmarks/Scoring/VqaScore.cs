using Das.Benchmarks.Arrow;

namespace Das.Benchmarks.Scoring;

/// <summary>
/// The mean soft score of the answers given, and the 95 % confidence interval <c>mean ± 1.96 · s / √n</c> (normal approximation; s: the sample
/// standard deviation of the per-question scores), cut to [0, 1].
/// </summary>
/// <param name="Questions">n.</param>
/// <param name="Mean">In [0, 1]; 0 without questions.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record VqaScore(int Questions, double Mean, double Low, double High)
{
    /// <summary>The standard normal's 97.5 % quantile.</summary>
    private const double Quantile = 1.959963984540054;

    /// <param name="scores">One a question.</param>
    public static VqaScore Of(IReadOnlyCollection<float> scores)
    {
        if (scores.Count == 0) return new(0, 0, 0, 0);
        double mean = scores.Average(s => (double)s);
        double variance = scores.Count == 1 ? 0 : scores.Sum(s => (s - mean) * (s - mean)) / (scores.Count - 1);
        double half = Quantile * Math.Sqrt(variance / scores.Count);
        return new(scores.Count, mean, Math.Max(0, mean - half), Math.Min(1, mean + half));
    }

    /// <summary>What <paramref name="answer"/> (a label) is worth for the question: its soft score, 0 where nobody gave it.</summary>
    public static float Of(VqaSample question, int answer)
    {
        for (int i = 0; i < question.Labels.Count; i++)
            if (question.Labels[i] == answer) return question.Scores[i];
        return 0;
    }

    /// <summary>Per-question scores of the arg-max answers against dense targets, both row after row (<c>V/gadgets/my_metrics.py:49-69</c>).</summary>
    public static float[] OfLogits(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, int answers)
    {
        float[] scores = new float[logits.Length / answers];
        for (int row = 0; row < scores.Length; row++) scores[row] = targets[row * answers + Accuracy.ArgMax(logits.Slice(row * answers, answers))];
        return scores;
    }
}
