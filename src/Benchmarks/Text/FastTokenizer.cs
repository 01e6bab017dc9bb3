using Das.Benchmarks.Text.Fast;
using Das.Benchmarks.Text.Unicode;

namespace Das.Benchmarks.Text;

/// <summary>
/// The text front end of today's decoders, Hugging Face's <c>tokenizer.json</c>: added tokens are found, texts normalised and cut into words, words into
/// pieces. Byte-level vocabularies give any text back exactly, but for what their normaliser changes. Special tokens written in a text are read as such.
/// Microsoft.ML.Tokenizers 2.0.1 is not used (<c>docs/decisions/0016-our-own-tokenizers.md</c>).
/// </summary>
public sealed class FastTokenizer : DecoderTokenizer
{
    /// <summary>What its file is called.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>The file beside it that names the token which ends a text.</summary>
    public const string Beside = "tokenizer_config.json";

    private readonly TokenizerForm form;
    private readonly string?[] tokens;
    private readonly HashSet<string> special;
    private readonly AddedTokens written, normalized;
    private readonly Lazy<int[]> anchor;

    internal FastTokenizer(TokenizerForm form)
    {
        this.form = form;
        tokens = form.Tokens();
        special = [.. form.Added.Where(token => token.Special).Select(token => token.Content)];
        written = new(form.Added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        normalized = new(form.Added.Where(token => token.Normalized).Select(token => (Normalizers.Run(form.Normalizer, token.Content), token)));
        anchor = new(() => form.Ids.Where(piece => piece.Key is [>= '!' and <= '~']).Select(piece => (int[])[piece.Value]).FirstOrDefault() ?? []);
        int[] framing = [.. form.Before, .. form.After, .. form.EndOfText is { } end ? (int[])[end] : []];
        if (framing.Where(id => tokens.ElementAtOrDefault(id) is null).ToArray() is [var missing, ..])
            throw new DasException(ErrorKind.Data, $"{form.Name} has no token {missing}, which is to begin or to end a text.");
    }

    /// <summary>Reads a <c>tokenizer.json</c>, and what ends a text from the <c>tokenizer_config.json</c> beside it, where there is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="endOfText">What ends the texts that a model was trained on, where that is another token.</param>
    /// <exception cref="DasException">The file is damaged or of a form that is not read; the message names it and the place in it.</exception>
    public static FastTokenizer Load(string path, int? endOfText = null)
    {
        TokenizerForm form = TokenizerJson.Read(path);
        return new(form with { EndOfText = endOfText ?? EndIn(Path.Combine(Path.GetDirectoryName(path)!, Beside), form) });
    }

    /// <summary>A byte-level tokenizer of lists by id, as GGUF files hold it.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="tokens">In the byte-level alphabet; control and user-defined ones as they are.</param>
    /// <param name="kinds">By id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused; empty where all are normal.</param>
    /// <param name="merges">Two pieces with a space between them, the first to be merged first.</param>
    /// <param name="splitting"><c>gpt-2</c>, <c>smollm</c>, <c>llama-bpe</c>, <c>qwen2</c> or <c>tekken</c>.</param>
    /// <param name="begin">What every text begins with; null for nothing.</param>
    /// <param name="endOfText">What ends a text; null where that is not known.</param>
    /// <exception cref="DasException">A list is not of its form, or the splitting is not known.</exception>
    public static FastTokenizer OfLists(string name, IReadOnlyList<string> tokens, IReadOnlyList<int> kinds, IReadOnlyList<string> merges, string splitting,
        int? begin, int? endOfText) =>
        new(TokenizerForm.OfLists(name, tokens, kinds, merges, splitting) with { Before = begin is { } id ? [id] : [], EndOfText = endOfText });

    public override int VocabularySize => tokens.Length;

    public override int EosId => form.EndOfText ?? throw new DasException(ErrorKind.Data,
        $"{form.Name} does not say which token ends a text: put the model's {Beside} with its eos_token beside it, or give endOfText in backbone.config.");

    public override int UnknownId => form.Model.Unknown ?? -1;

    public override string this[int id] => tokens.ElementAtOrDefault(id) ?? throw new ArgumentOutOfRangeException(nameof(id), id, "There is no such token.");

    /// <summary>The ids that the file puts before a text; what <c>bos</c> stands for, often nothing.</summary>
    public IReadOnlyList<int> Before => form.Before;

    /// <summary>The ids that the file puts after a text.</summary>
    public IReadOnlyList<int> After => form.After;

    /// <summary>The id of the token that is spelt so; null for none.</summary>
    public int? IdOf(string token) => form.Id(token);

    public override int[] Encode(string text, bool bos = false, bool eos = false)
    {
        List<int> encoded = bos ? [.. form.Before] : [];
        foreach (Section raw in written.Split(Characters.WellFormed(text), first: true))
            if (raw.Token is { } found) encoded.Add(found);
            else foreach (Section section in normalized.Split(Normalizers.Run(form.Normalizer, raw.Text), raw.First))
                if (section.Token is { } token) encoded.Add(token);
                else foreach (Section word in PreTokenizers.Run(form.PreTokenizer, section)) form.Model.Cut(word.Text, encoded);
        if (eos) encoded.Add(EosId);
        return [.. encoded];
    }

    public override int[] EncodeMarked(string text, bool bos = true) => Encode(text, bos);

    public override string Decode(IEnumerable<int> encoded) => Decode(encoded, specials: false);

    /// <summary>The text that the ids stand for; ids without a token, which a token table may have, stand for nothing.</summary>
    /// <param name="encoded">The ids.</param>
    /// <param name="specials">Whether special tokens are written too.</param>
    public string Decode(IEnumerable<int> encoded, bool specials) => Decoders.Run(form.Decoder,
        [.. encoded.Where(id => id >= 0 && id < tokens.Length).Select(id => tokens[id]).OfType<string>().Where(token => specials || !special.Contains(token))]);

    public override string DecodeContinuation(IEnumerable<int> encoded)
    {
        int[] added = [.. encoded];
        string begun = Decode(anchor.Value), whole = Decode([.. anchor.Value, .. added]);
        return whole.StartsWith(begun, StringComparison.Ordinal) ? whole[begun.Length..] : Decode(added);
    }

    private static int? EndIn(string path, TokenizerForm form)
    {
        if (!File.Exists(path)) return null;
        if (TokenizerPart.OfFile(path).TokenOrNull("eos_token") is not { } end) return null;
        return form.Id(end) ?? throw new DasException(ErrorKind.Data, $"{path}: the eos_token '{end}' is no token of {form.Name}.");
    }
}
