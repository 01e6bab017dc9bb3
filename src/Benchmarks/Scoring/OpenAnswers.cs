using Das.Benchmarks.Text;

namespace Das.Benchmarks.Scoring;

/// <summary>A free answer to a question about a picture.</summary>
/// <param name="Open">Whether the question is open; a closed one is answered yes or no, or with a label.</param>
/// <param name="Expected">As published.</param>
/// <param name="Answer">What the model said.</param>
public sealed record OpenAnswer(bool Open, string Expected, string Answer)
{
    /// <summary>The expected words stand together in the answer, in their order.</summary>
    public bool Hit => $" {Normal(Answer)} ".Contains($" {Normal(Expected)} ", StringComparison.Ordinal);

    /// <summary>The expected letters stand in the answer, be it in the middle of a word: as published, <c>no</c> in <c>normal</c> (spec §8.3).</summary>
    public bool HitAsPublished => Normal(Answer).Contains(Normal(Expected), StringComparison.Ordinal);

    /// <summary>Answer and expected answer are the same: AID's accuracy.</summary>
    public bool Same => Normal(Answer) == Normal(Expected);

    /// <summary>Lower case, then normalised as VQA's answers.</summary>
    public static string Normal(string text) => AnswerNormalizer.Normalize(text.ToLowerInvariant());

    internal string[] Words => Normal(Answer).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal string[] ExpectedWords => Normal(Expected).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>SLAKE's scores (<c>G/eval/eval_kzx.py:29-120</c>, spec §5.8) over a set of answers, each the mean over its questions.</summary>
/// <param name="OpenHits">Open questions whose answer holds the expected words.</param>
/// <param name="ClosedHits">The same of closed ones.</param>
/// <param name="OpenHitsAsPublished">Open questions whose answer holds the expected letters.</param>
/// <param name="ClosedHitsAsPublished">The same of closed ones.</param>
/// <param name="Overlap">Words shared, over the open questions.</param>
/// <param name="Bleu">With <see cref="SentenceBleu.PublishedWeights"/>, over the open questions.</param>
public sealed record OpenAnswerScores(
    MeanScore OpenHits, MeanScore ClosedHits, MeanScore OpenHitsAsPublished, MeanScore ClosedHitsAsPublished, TokenOverlap Overlap, IReadOnlyList<double> Bleu)
{
    public static OpenAnswerScores Of(IEnumerable<OpenAnswer> answers)
    {
        OpenAnswer[] all = [.. answers], open = [.. all.Where(a => a.Open)], closed = [.. all.Where(a => !a.Open)];
        TokenOverlap[] overlaps = [.. open.Select(a => TokenOverlap.Of(a.Answer, a.Expected))];
        return new(
            MeanScore.Of(open.Select(a => a.Hit)), MeanScore.Of(closed.Select(a => a.Hit)),
            MeanScore.Of(open.Select(a => a.HitAsPublished)), MeanScore.Of(closed.Select(a => a.HitAsPublished)),
            new(Mean(overlaps, o => o.Exact), Mean(overlaps, o => o.F1), Mean(overlaps, o => o.Precision), Mean(overlaps, o => o.Recall)),
            [.. SentenceBleu.PublishedWeights.Select(w => Mean(open, a => SentenceBleu.Of(a.Words, a.ExpectedWords, w)))]);
    }

    private static double Mean<T>(IReadOnlyCollection<T> items, Func<T, double> value) => items.Select(value).DefaultIfEmpty(0).Average();
}
