using Microsoft.ML.Tokenizers;

namespace Das.Benchmarks.Text;

/// <summary>
/// RoBERTa's text front end (Liu et al. 2019, https://arxiv.org/abs/1907.11692): GPT-2's byte-level byte-pair encoding between <c>&lt;s&gt;</c>
/// and <c>&lt;/s&gt;</c>. Case, accents and spaces are kept: a word in the middle of a text is another token than the same word at its beginning.
/// </summary>
public sealed class BytePairs : Tokenizer
{
    private readonly string[] tokens;
    private readonly BpeTokenizer words;

    public override int Count => tokens.Length;
    public override int Pad { get; }
    public override int Unknown { get; }
    public override int Class { get; }
    public override int Separator { get; }
    public override int Mask { get; }

    /// <summary>The token with that id, each byte written as its printable letter: <c>Ġcat</c> begins with a space.</summary>
    public override string this[int id] => tokens[id];

    protected override IReadOnlyList<(string Text, int Id)> Specials { get; }

    /// <param name="vocabulary">Token → id; the ids are 0, 1, 2 …</param>
    /// <param name="merges">Pairs of tokens, <c>left right</c>, the first to be merged first.</param>
    /// <exception cref="DasException">A special token is missing, or the ids are not consecutive.</exception>
    public BytePairs(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<string> merges)
    {
        string[] special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];
        if (special.Where(s => !vocabulary.ContainsKey(s)).ToArray() is { Length: > 0 } missing)
            throw new DasException(ErrorKind.Data,
                $"The vocabulary of {vocabulary.Count} tokens lacks {string.Join(", ", missing)}; is it RoBERTa's vocab.json?");
        tokens = [.. vocabulary.OrderBy(t => t.Value).Select(t => t.Key)];
        for (int id = 0; id < tokens.Length; id++)
            if (vocabulary[tokens[id]] != id) throw new DasException(ErrorKind.Data,
                $"The vocabulary has {tokens.Length} tokens, and none of them has id {id}.");
        words = BpeTokenizer.Create(new BpeOptions(vocabulary) { Merges = merges, ByteLevel = true, PreTokenizer = WordBoundaries.Instance,
            UnknownToken = "<unk>" });
        Specials = [.. special.Select(s => (s, vocabulary[s]))];
        (Class, Pad, Separator, Unknown, Mask) = (vocabulary["<s>"], vocabulary["<pad>"], vocabulary["</s>"], vocabulary["<unk>"], vocabulary["<mask>"]);
    }

    /// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c> (one pair a line after a line of version).</summary>
    /// <exception cref="DasException">A file is not of its form; the message names it.</exception>
    public static BytePairs Load(string vocabulary, string merges)
    {
        string[] pairs = [.. Utf8Text.LinesOfFile(merges, ErrorKind.Data).Where(l => l.Length > 0 && !l.StartsWith("#version", StringComparison.Ordinal))];
        int wrong = Array.FindIndex(pairs, p => p.Count(c => c == ' ') != 1);
        if (wrong >= 0) throw new DasException(ErrorKind.Data, $"{merges}: '{pairs[wrong]}' is not a pair of tokens with a space between them.");
        try
        {
            return new(JsonText.OfFile<Dictionary<string, int>>(vocabulary, null, ErrorKind.Data), pairs);
        }
        catch (Exception e) when (e is InvalidOperationException or DasException)
        {
            throw new DasException(ErrorKind.Data, $"{vocabulary} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The text that the ids stand for; special tokens are left out.</summary>
    public string Decode(IEnumerable<long> encoded)
    {
        int[] special = [.. Specials.Select(s => s.Id)];
        return words.Decode(encoded.Select(id => (int)id).Where(id => !special.Contains(id)));
    }

    /// <summary>A mask takes the spaces before it along.</summary>
    protected override string Before(int special, string text) => special == Mask ? text.TrimEnd() : text;

    protected override IEnumerable<int> Cut(string text) => words.EncodeToIds(text);
}
