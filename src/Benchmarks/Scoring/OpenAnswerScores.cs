namespace Das.Benchmarks.Scoring;

/// <summary>
/// SLAKE's scores (<c>G/eval/eval_kzx.py:29-120</c>, method §5.8) over a set of answers, each the mean over its questions. The published code prints
/// those that look for letters as "open accuracy" and "yes/no accuracy", and swaps the labels of the two counts.
/// </summary>
/// <param name="OpenHits">Open questions whose answer holds the expected words.</param>
/// <param name="ClosedHits">The same of closed ones.</param>
/// <param name="OpenHitsAsPublished">Open questions whose answer holds the expected letters.</param>
/// <param name="ClosedHitsAsPublished">The same of closed ones.</param>
/// <param name="OpenSame">Open questions whose answer is the expected one and no more.</param>
/// <param name="ClosedSame">The same of closed ones.</param>
/// <param name="ExactAsPublished">The published "exact match" over the open questions: <see cref="TokenOverlap.Exact"/>.</param>
/// <param name="F1">Of the words shared, over the open questions, as the next two.</param>
/// <param name="Precision">See <see cref="TokenOverlap.Precision"/>.</param>
/// <param name="Recall">See <see cref="TokenOverlap.Recall"/>.</param>
/// <param name="Bleu">With <see cref="SentenceBleu.PublishedWeights"/>, over the open questions.</param>
public sealed record OpenAnswerScores(
    MeanScore OpenHits, MeanScore ClosedHits, MeanScore OpenHitsAsPublished, MeanScore ClosedHitsAsPublished, MeanScore OpenSame, MeanScore ClosedSame,
    MeanScore ExactAsPublished, MeanScore F1, MeanScore Precision, MeanScore Recall, IReadOnlyList<MeanScore> Bleu)
{
    /// <summary>What NLTK gives where an order has no match is a product with its smallest number: nothing, to a reader.</summary>
    private const double Nothing = 1e-50;

    public static OpenAnswerScores Of(IEnumerable<OpenAnswer> answers)
    {
        OpenAnswer[] all = [.. answers], open = [.. all.Where(a => a.Open)], closed = [.. all.Where(a => !a.Open)];
        TokenOverlap[] overlaps = [.. open.Select(a => TokenOverlap.Of(a.Answer, a.Expected))];
        return new(
            MeanScore.Of(open.Select(a => a.Hit)), MeanScore.Of(closed.Select(a => a.Hit)),
            MeanScore.Of(open.Select(a => a.HitAsPublished)), MeanScore.Of(closed.Select(a => a.HitAsPublished)),
            MeanScore.Of(open.Select(a => a.Same)), MeanScore.Of(closed.Select(a => a.Same)),
            Mean(o => o.Exact), Mean(o => o.F1), Mean(o => o.Precision), Mean(o => o.Recall),
            [.. SentenceBleu.PublishedWeights.Select(w => MeanScore.Of([.. open.Select(a => Bleu(a, w))]))]);

        static double Bleu(OpenAnswer answer, double[] weights) =>
            SentenceBleu.Of(answer.Words, answer.ExpectedWords, weights) is > Nothing and var bleu ? bleu : 0;
        MeanScore Mean(Func<TokenOverlap, double> value) => MeanScore.Of([.. overlaps.Select(value)]);
    }

    /// <summary>As reports call them.</summary>
    public IReadOnlyList<(string Name, MeanScore Score)> Named =>
    [
        ("openAccuracy", OpenHits), ("closedAccuracy", ClosedHits), ("publishedOpenAccuracy", OpenHitsAsPublished),
            ("publishedClosedAccuracy", ClosedHitsAsPublished),
        ("openExact", OpenSame), ("closedExact", ClosedSame), ("publishedExactMatch", ExactAsPublished), ("openF1", F1), ("openPrecision", Precision),
            ("openRecall", Recall),
        .. Bleu.Select((score, i) => (i == 0 ? "openBleu" : $"openBleu{i}", score)),
    ];
}
