using Das.Benchmarks.Text.Fast;

namespace Das.Benchmarks.Text;

/// <summary>
/// An encoder's text front end from a <c>tokenizer.json</c>, of BERT's or RoBERTa's kind: the one token that its template puts before a text begins it,
/// the one behind it ends it. Which tokens pad and mask is said by <see cref="FastTokenizer.Beside"/>, or by their usual names.
/// </summary>
public sealed class FastEncoder : Tokenizer
{
    private readonly FastTokenizer tokenizer;

    public override int Count => tokenizer.VocabularySize;
    public override int Pad { get; }
    public override int Unknown => tokenizer.UnknownId;
    public override int Class { get; }
    public override int Separator { get; }
    public override int Mask { get; }

    public override string this[int id] => tokenizer[id];

    /// <summary>None: the tokenizer finds its added tokens itself.</summary>
    protected override IReadOnlyList<(string Text, int Id)> Specials => [];

    private FastEncoder(string path, FastTokenizer tokenizer)
    {
        this.tokenizer = tokenizer;
        if ((tokenizer.Before, tokenizer.After) is not ([var begin], [var end])) throw new DasException(ErrorKind.Data,
            $"{path} puts {tokenizer.Before.Count} tokens before a text and {tokenizer.After.Count} behind it; a model that fuses texts with images needs "
            + "one of each, as BERT's and RoBERTa's have: give the tokenizer of its text tower.");
        (Class, Separator) = (begin, end);
        string beside = Path.Combine(Path.GetDirectoryName(path)!, FastTokenizer.Beside);
        TokenizerPart? said = File.Exists(beside) ? TokenizerPart.OfFile(beside) : null;
        (Pad, Mask) = (Id("pad_token", "[PAD]", "<pad>"), Id("mask_token", "[MASK]", "<mask>"));

        int Id(string key, params string[] usual) => said?.TokenOrNull(key) is { } named
            ? tokenizer.IdOf(named) ?? throw new DasException(ErrorKind.Data, $"{beside}: the {key} '{named}' is no token of {path}.")
            : usual.Select(tokenizer.IdOf).FirstOrDefault(id => id is not null) ?? throw new DasException(ErrorKind.Data,
                $"{path} has none of the tokens {string.Join(", ", usual)}: put the model's {FastTokenizer.Beside} with its {key} beside it.");
    }

    /// <summary>Reads a <c>tokenizer.json</c>, and the <c>tokenizer_config.json</c> beside it where there is one.</summary>
    /// <exception cref="DasException">It is damaged, of a form that is not read, or a decoder's.</exception>
    public static FastEncoder Load(string path) => new(path, FastTokenizer.Load(path));

    protected override IEnumerable<int> Cut(string text) => tokenizer.Encode(text);
}
