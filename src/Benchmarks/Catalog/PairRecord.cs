namespace Das.Benchmarks.Catalog;

/// <summary>One line of NLVR's and NLVR2's files: a sentence about pictures.</summary>
/// <param name="Identifier">Names the pictures and the sentence.</param>
/// <param name="Sentence">What is true or false, and which of the two.</param>
internal sealed record PairRecord(string Identifier, PairSentence Sentence)
{
    /// <summary>What labels mean: an index into this.</summary>
    public static readonly string[] Answers = ["False", "True"];

    /// <exception cref="BadItemException">A field is missing or of a wrong type.</exception>
    public static PairRecord Of(RawItem item) => new(item["identifier"].Id(), new(item["sentence"].Words(), item["label"].Truth()));
}
