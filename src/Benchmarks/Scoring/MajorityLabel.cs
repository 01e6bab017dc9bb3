namespace Das.Benchmarks.Scoring;

/// <summary>The baseline that looks at neither pictures nor sentence: always the label that is more frequent on the training split.</summary>
/// <param name="Label">True or false; false of equals.</param>
/// <param name="Share">Of the training sentences that are labelled.</param>
public sealed record MajorityLabel(bool Label, double Share)
{
    public static MajorityLabel Of(PairTable train)
    {
        bool[] labels = [.. Labels(train)];
        (bool label, double count) = Commonest.Of(labels.Select(l => (l, 1.0)), "The training split has no labels.");
        return new(label, count / labels.Length);
    }

    /// <summary>Gives that label to every labelled sentence of <paramref name="test"/>.</summary>
    public MeanScore Score(PairTable test) => MeanScore.Of(Labels(test).Select(l => l == Label));

    private static IEnumerable<bool> Labels(PairTable table) => Enumerable.Range(0, table.Count).Select(i => table[i].Label).OfType<bool>();
}
