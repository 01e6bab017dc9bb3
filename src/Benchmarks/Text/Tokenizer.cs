namespace Das.Benchmarks.Text;

/// <summary>
/// A text front end: a start token, the text's tokens, an end token, padding. Special tokens written in the text, <c>[MASK]</c> say, stay whole.
/// </summary>
public abstract class Tokenizer
{
    /// <summary>Vocabulary size: the rows of the word embedding.</summary>
    public abstract int Count { get; }

    public abstract int Pad { get; }

    /// <summary>Begins every text; its state stands for the whole of it.</summary>
    public abstract int Class { get; }

    /// <summary>Ends every text.</summary>
    public abstract int Separator { get; }

    public abstract int Mask { get; }

    public abstract int Unknown { get; }

    /// <summary>The token with that id, as the vocabulary spells it.</summary>
    public abstract string this[int id] { get; }

    /// <summary>Spellings and ids of the tokens that are not cut.</summary>
    protected abstract IReadOnlyList<(string Text, int Id)> Specials { get; }

    /// <summary>
    /// Exactly <paramref name="maxLength"/> ids: <see cref="Class"/>, at most maxLength - 2 tokens, <see cref="Separator"/>, padding; and a mask
    /// that is 1 where there is no padding.
    /// </summary>
    public (long[] Ids, long[] Mask) Encode(string text, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        long[] ids = new long[maxLength], mask = new long[maxLength];
        int length = 0;
        ids[length++] = Class;
        foreach (int token in Tokens(text).Take(maxLength - 2)) ids[length++] = token;
        ids[length++] = Separator;
        ids.AsSpan(length).Fill(Pad);
        mask.AsSpan(0, length).Fill(1);
        return (ids, mask);
    }

    /// <summary>Whether <see cref="Encode"/> cuts the text.</summary>
    public bool IsLonger(string text, int maxLength) => Tokens(text).Skip(maxLength - 2).Any();

    /// <summary>The tokens as the vocabulary spells them, without the start and the end.</summary>
    public IReadOnlyList<string> Tokenize(string text) => [.. Tokens(text).Select(id => this[id])];

    /// <summary>The tokens of text that holds no special token.</summary>
    protected abstract IEnumerable<int> Cut(string text);

    /// <summary>What of the text before a special token is looked at; BERT's and most of RoBERTa's take nothing from it.</summary>
    protected virtual string Before(int special, string text) => text;

    private IEnumerable<int> Tokens(string text)
    {
        int from = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (Special(text, at) is not var (spelling, special)) continue;
            foreach (int id in Cut(Before(special, text[from..at]))) yield return id;
            yield return special;
            from = at + spelling.Length;
            at = from - 1;
        }
        foreach (int id in Cut(from == 0 ? text : text[from..])) yield return id;
    }

    private (string, int)? Special(string text, int at)
    {
        foreach ((string spelling, int id) in Specials)
            if (text[at] == spelling[0] && string.CompareOrdinal(text, at, spelling, 0, spelling.Length) == 0) return (spelling, id);
        return null;
    }
}
