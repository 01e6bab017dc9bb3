namespace Das.Benchmarks.Text;

/// <summary>
/// BERT-uncased's text front end (Devlin et al. 2018, https://arxiv.org/abs/1810.04805): <c>[CLS] … [SEP]</c>, each word cut into the longest
/// pieces that the vocabulary knows. Special tokens written in the text, <c>[MASK]</c> say, stay whole.
/// Microsoft.ML.Tokenizers 2.0.1 is not used: it drops <c>$ ^ ` = +</c> and, under invariant globalization, does not strip accents.
/// </summary>
public sealed class WordPiece
{
    /// <summary>A longer word is unknown as a whole: the published tokenizer's bound.</summary>
    private const int LongestWord = 100;

    private static readonly string[] Specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private readonly string[] tokens;
    private readonly Dictionary<string, int> whole;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> starts, continuations;

    public int Pad { get; }
    public int Unknown { get; }
    public int Class { get; }
    public int Separator { get; }
    public int Mask { get; }

    /// <summary>Vocabulary size: the rows of the word embedding.</summary>
    public int Count => tokens.Length;

    /// <summary>The piece with that id, <c>##</c> included.</summary>
    public string this[int id] => tokens[id];

    /// <param name="vocabulary">One piece an id, in order.</param>
    /// <exception cref="InvalidDataException">A special token is missing, or a piece stands twice.</exception>
    public WordPiece(IEnumerable<string> vocabulary)
    {
        tokens = [.. vocabulary];
        whole = new(tokens.Length);
        Dictionary<string, int> continued = [];
        for (int id = 0; id < tokens.Length; id++)
        {
            if (!whole.TryAdd(tokens[id], id)) throw new InvalidDataException($"The vocabulary holds '{tokens[id]}' twice, as {whole[tokens[id]]} and {id}.");
            if (tokens[id].StartsWith("##", StringComparison.Ordinal)) continued[tokens[id][2..]] = id;
        }
        if (Specials.Where(s => !whole.ContainsKey(s)).ToArray() is { Length: > 0 } missing)
            throw new InvalidDataException($"The vocabulary of {tokens.Length} pieces lacks {string.Join(", ", missing)}; is it BERT's vocab.txt?");
        starts = whole.GetAlternateLookup<ReadOnlySpan<char>>();
        continuations = continued.GetAlternateLookup<ReadOnlySpan<char>>();
        (Pad, Unknown, Class, Separator, Mask) = (whole["[PAD]"], whole["[UNK]"], whole["[CLS]"], whole["[SEP]"], whole["[MASK]"]);
    }

    /// <summary>Reads <c>vocab.txt</c>: one piece a line, the line number is the id.</summary>
    public static WordPiece Load(string file) => new(File.ReadLines(file).Select(l => l.TrimEnd('\r')));

    /// <summary>
    /// Exactly <paramref name="maxLength"/> ids: <c>[CLS]</c>, at most maxLength - 2 pieces, <c>[SEP]</c>, padding; and a mask that is 1 where
    /// there is no padding.
    /// </summary>
    public (long[] Ids, long[] Mask) Encode(string text, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        long[] ids = new long[maxLength], mask = new long[maxLength];
        int length = 0;
        ids[length++] = Class;
        foreach (int piece in Pieces(text).Take(maxLength - 2)) ids[length++] = piece;
        ids[length++] = Separator;
        ids.AsSpan(length).Fill(Pad);
        mask.AsSpan(0, length).Fill(1);
        return (ids, mask);
    }

    /// <summary>The pieces as words, without <c>[CLS]</c> and <c>[SEP]</c>.</summary>
    public IReadOnlyList<string> Tokenize(string text) => [.. Pieces(text).Select(id => tokens[id])];

    private IEnumerable<int> Pieces(string text)
    {
        int from = 0;
        for (int at = text.IndexOf('['); at >= 0; at = text.IndexOf('[', at + 1))
        {
            if (Array.Find(Specials, s => string.CompareOrdinal(text, at, s, 0, s.Length) == 0) is not { } special) continue;
            foreach (int id in Words(text[from..at])) yield return id;
            yield return whole[special];
            from = at + special.Length;
        }
        foreach (int id in Words(from == 0 ? text : text[from..])) yield return id;
    }

    private IEnumerable<int> Words(string text) => BasicTokenizer.Split(text).SelectMany(Cut);

    private List<int> Cut(string word)
    {
        List<int> pieces = [];
        if (word.Length > LongestWord) return [Unknown];
        for (int from = 0; from < word.Length;)
        {
            int to = word.Length, id = Unknown;
            while (to > from && !(from == 0 ? starts : continuations).TryGetValue(word.AsSpan(from, to - from), out id)) to--;
            if (to == from) return [Unknown];
            pieces.Add(id);
            from = to;
        }
        return pieces;
    }
}
