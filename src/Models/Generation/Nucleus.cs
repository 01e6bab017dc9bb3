namespace Das.Models.Generation;

/// <summary>
/// Sampling from the likeliest tokens only.
/// <para>Holtzman et al.: "The Curious Case of Neural Text Degeneration", https://arxiv.org/abs/1904.09751.</para>
/// </summary>
public static class Nucleus
{
    /// <summary>The tokens from the likeliest on, as long as those before sum to at most p (method §4.7).</summary>
    /// <param name="probabilities">Of each token; they sum to 1.</param>
    /// <param name="topP">p.</param>
    /// <returns>The tokens, likeliest first, and their probabilities, which sum to 1 again.</returns>
    public static (int[] Tokens, double[] Probabilities) Filter(ReadOnlySpan<double> probabilities, double topP)
    {
        double[] sorted = probabilities.ToArray();
        int[] tokens = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, tokens, Comparer<double>.Create((a, b) => b.CompareTo(a)));
        int kept = 0;
        double sum = 0;
        for (; kept < sorted.Length && sum <= topP; kept++) sum += sorted[kept];
        return (tokens[..kept], [.. sorted.Take(kept).Select(p => p / sum)]);
    }

    /// <summary>The softmax of logits over a temperature.</summary>
    /// <param name="logits">(V).</param>
    /// <param name="temperature">Greater than 0.</param>
    public static double[] Probabilities(ReadOnlySpan<float> logits, double temperature)
    {
        double[] p = new double[logits.Length];
        float largest = float.NegativeInfinity;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        double sum = 0;
        for (int i = 0; i < p.Length; i++) sum += p[i] = Math.Exp((logits[i] - largest) / temperature);
        for (int i = 0; i < p.Length; i++) p[i] /= sum;
        return p;
    }

    /// <summary>The token that a number falls on.</summary>
    /// <param name="filtered">Of <see cref="Filter"/>.</param>
    /// <param name="drawn">Uniform in [0, 1).</param>
    public static int Draw((int[] Tokens, double[] Probabilities) filtered, double drawn)
    {
        double reached = 0;
        for (int i = 0; i < filtered.Tokens.Length; i++)
            if (drawn < (reached += filtered.Probabilities[i])) return filtered.Tokens[i];
        return filtered.Tokens[^1]; // rounding left the sum a little short of 1
    }
}
