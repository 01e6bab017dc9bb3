namespace Das.Benchmarks.Scoring;

/// <summary>BLEU (Papineni et al. 2002) of one sentence against one reference as NLTK 3.8 computes it, without smoothing.</summary>
public static class SentenceBleu
{
    /// <summary>What NLTK puts in the place of a precision of 0: the smallest normal number.</summary>
    private const double Least = 2.2250738585072014e-308;

    /// <summary>The published weights: all four orders alike, then each of the first three alone.</summary>
    public static IReadOnlyList<double[]> PublishedWeights { get; } = [[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]];

    /// <param name="answer">The words said.</param>
    /// <param name="expected">The words of the reference.</param>
    /// <param name="weights">Of the precisions of one word, two words and so on.</param>
    /// <returns>0 to 1; 0 where no word is shared.</returns>
    public static double Of(IReadOnlyList<string> answer, IReadOnlyList<string> expected, IReadOnlyList<double> weights)
    {
        double[] precisions = [.. Enumerable.Range(1, weights.Count).Select(order => Precision(answer, expected, order))];
        if (precisions[0] == 0) return 0;
        double brevity = answer.Count > expected.Count ? 1 : Math.Exp(1 - (expected.Count / (double)answer.Count));
        return brevity * Math.Exp(precisions.Zip(weights, (p, w) => w * Math.Log(p == 0 ? Least : p)).Sum());
    }

    private static double Precision(IReadOnlyList<string> answer, IReadOnlyList<string> expected, int order)
    {
        Dictionary<string, int> said = Grams(answer, order), wanted = Grams(expected, order);
        return said.Sum(g => Math.Min(g.Value, wanted.GetValueOrDefault(g.Key))) / (double)Math.Max(1, said.Values.Sum());
    }

    private static Dictionary<string, int> Grams(IReadOnlyList<string> words, int order) =>
        Enumerable.Range(0, Math.Max(0, words.Count - order + 1)).CountBy(i => string.Join('\0', words.Skip(i).Take(order))).ToDictionary();
}
