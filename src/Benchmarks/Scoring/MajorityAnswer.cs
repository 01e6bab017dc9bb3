namespace Das.Benchmarks.Scoring;

/// <summary>The baseline that looks at neither picture nor question: always the answer that is worth most on the training split.</summary>
/// <param name="Label">Its index in the vocabulary; the lowest of equals.</param>
/// <param name="Share">Its mean score on the training split.</param>
public sealed record MajorityAnswer(int Label, double Share)
{
    public static MajorityAnswer Of(VqaTable train)
    {
        (int label, double worth) = Commonest.Of(Enumerable.Range(0, train.Count).SelectMany(i => Answers(train[i])), "The training split has no answers.");
        return new(label, worth / train.Count);
    }

    /// <summary>Gives that answer to every question of <paramref name="test"/>.</summary>
    public MeanScore Score(VqaTable test) => MeanScore.Of([.. Enumerable.Range(0, test.Count).Select(i => (double)VqaScore.Of(test[i], Label))]);

    private static IEnumerable<(int, double)> Answers(VqaSample sample) => sample.Labels.Zip(sample.Scores, (label, score) => (label, (double)score));
}
