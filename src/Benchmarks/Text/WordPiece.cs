using Das.Benchmarks.Text.Fast;

namespace Das.Benchmarks.Text;

/// <summary>
/// BERT-uncased's text front end (Devlin et al. 2018, https://arxiv.org/abs/1810.04805): <c>[CLS] … [SEP]</c>, each word cut into the longest
/// pieces that the vocabulary knows.
/// Microsoft.ML.Tokenizers 2.0.1 is not used: it drops <c>$ ^ ` = +</c> and, under invariant globalization, does not strip accents.
/// </summary>
public sealed class WordPiece : Tokenizer
{
    private static readonly string[] Named = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private readonly string[] tokens;
    private readonly WordPieceModel model;

    public override int Pad { get; }
    public override int Unknown { get; }
    public override int Class { get; }
    public override int Separator { get; }
    public override int Mask { get; }

    public override int Count => tokens.Length;

    /// <summary>The piece with that id, <c>##</c> included.</summary>
    public override string this[int id] => tokens[id];

    protected override IReadOnlyList<(string Text, int Id)> Specials { get; }

    /// <param name="vocabulary">One piece an id, in order.</param>
    /// <exception cref="DasException">A special token is missing, or a piece stands twice.</exception>
    public WordPiece(IEnumerable<string> vocabulary)
    {
        tokens = [.. vocabulary];
        Dictionary<string, int> ids = new(tokens.Length);
        for (int id = 0; id < tokens.Length; id++)
            if (!ids.TryAdd(tokens[id], id)) throw new DasException(ErrorKind.Data,
                $"The vocabulary holds '{tokens[id]}' twice, as {ids[tokens[id]]} and {id}.");
        if (Named.Where(s => !ids.ContainsKey(s)).ToArray() is { Length: > 0 } missing)
            throw new DasException(ErrorKind.Data, $"The vocabulary of {tokens.Length} pieces lacks {string.Join(", ", missing)}; is it BERT's vocab.txt?");
        (Pad, Unknown, Class, Separator, Mask) = (ids["[PAD]"], ids["[UNK]"], ids["[CLS]"], ids["[SEP]"], ids["[MASK]"]);
        Specials = [.. Named.Select(n => (n, ids[n]))];
        model = new(ids, WordPieceModel.BertMark, Unknown, WordPieceModel.BertLongest);
    }

    /// <summary>Reads <c>vocab.txt</c>: one piece a line, the line number is the id.</summary>
    /// <exception cref="DasException">It is not of its form; the message names it.</exception>
    public static WordPiece Load(string file)
    {
        string[] lines = Utf8Text.LinesOfFile(file, ErrorKind.Data);
        try
        {
            return new(lines);
        }
        catch (DasException e)
        {
            throw new DasException(ErrorKind.Data, $"{file} cannot be used: {e.Message}", e);
        }
    }

    protected override IEnumerable<int> Cut(string text)
    {
        List<int> encoded = [];
        foreach (string word in BasicTokenizer.Split(text)) model.Cut(word, encoded);
        return encoded;
    }
}
