namespace Das.Benchmarks.Scoring;

/// <summary>
/// How many words a free answer shares with the expected one (<c>G/eval/eval_utils/evaluate_metrics.py:39-137</c>, method §5.8), both normalised as
/// VQA's answers. Each counts how often the answer says a word, and not how often the other does.
/// </summary>
/// <param name="Exact">Different expected words that are said, per word said; the published "exact match".</param>
/// <param name="F1">Of precision and recall.</param>
/// <param name="Precision">Share of the said words that are expected.</param>
/// <param name="Recall">Right words said, among these and the expected ones not said.</param>
public sealed record TokenOverlap(double Exact, double F1, double Precision, double Recall)
{
    private static readonly TokenOverlap None = new(0, 0, 0, 0);

    public static TokenOverlap Of(string answer, string expected)
    {
        Dictionary<string, int> said = Words(answer), wanted = Words(expected);
        double right = said.Where(w => wanted.ContainsKey(w.Key)).Sum(w => w.Value), total = said.Values.Sum(),
            missed = wanted.Where(w => !said.ContainsKey(w.Key)).Sum(w => w.Value);
        if (right == 0) return None;
        double precision = right / total, recall = right / (right + missed);
        return new(wanted.Keys.Count(said.ContainsKey) / total, 2 * precision * recall / (precision + recall), precision, recall);
    }

    private static Dictionary<string, int> Words(string text) =>
        AnswerNormalizer.Normalize(text.ToLowerInvariant()).Split(' ', StringSplitOptions.RemoveEmptyEntries).CountBy(w => w).ToDictionary();
}
