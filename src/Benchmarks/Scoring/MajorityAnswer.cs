using Das.Benchmarks.Arrow;

namespace Das.Benchmarks.Scoring;

/// <summary>The baseline that looks at neither picture nor question: always the answer that is worth most on the training split.</summary>
/// <param name="Label">Its index in the vocabulary; the lowest of equals.</param>
/// <param name="Share">Its mean score on the training split.</param>
public sealed record MajorityAnswer(int Label, double Share)
{
    public static MajorityAnswer Of(VqaTable train)
    {
        SortedDictionary<int, double> worth = [];
        for (int i = 0; i < train.Count; i++)
        {
            VqaSample sample = train[i];
            for (int a = 0; a < sample.Labels.Count; a++) worth[sample.Labels[a]] = worth.GetValueOrDefault(sample.Labels[a]) + sample.Scores[a];
        }
        if (worth.Count == 0) throw new InvalidDataException("The training split has no answers.");
        (int label, double total) = worth.MaxBy(p => p.Value);
        return new(label, total / train.Count);
    }

    /// <summary>Gives that answer to every question of <paramref name="test"/>.</summary>
    public MeanScore Score(VqaTable test) => MeanScore.Of([.. Enumerable.Range(0, test.Count).Select(i => VqaScore.Of(test[i], Label))]);
}
