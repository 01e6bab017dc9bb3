namespace Das.Benchmarks.Catalog;

/// <summary>One line of NLVR's and NLVR2's files: a sentence about pictures.</summary>
/// <param name="Where">File and line.</param>
/// <param name="Identifier">Names the pictures and the sentence.</param>
/// <param name="Sentence">What is true or false, and which of the two.</param>
/// <param name="Item">The line itself, for the fields that only one of the sets has.</param>
internal sealed record PairRecord(string Where, string Identifier, PairSentence Sentence, JsonElement Item);

/// <summary>NLVR's and NLVR2's JSON lines.</summary>
internal static class PairRecords
{
    /// <summary>What labels mean: an index into this.</summary>
    public static readonly string[] Answers = ["False", "True"];

    public static IEnumerable<PairRecord> Read(RawSource raw, string file, List<BadInput> unusable, CancellationToken cancel)
    {
        foreach ((string where, JsonElement item) in JsonLines.Of(raw, file, unusable, cancel))
        {
            if (item.Text("identifier") is not { } identifier || item.Text("sentence") is not { } sentence || item.Text("label") is not { } label)
                unusable.Add(new(where, $"'{item.Short()}' lacks identifier, sentence or label."));
            else if (!bool.TryParse(label, out bool holds)) unusable.Add(new(where, $"The label '{label}' is neither True nor False."));
            else yield return new(where, identifier, new(sentence, holds), item);
        }
    }
}
