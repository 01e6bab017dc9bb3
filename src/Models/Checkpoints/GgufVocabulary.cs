namespace Das.Models.Checkpoints;

/// <summary>What a GGUF file says of its tokenizer (<c>tokenizer.ggml.…</c>).</summary>
/// <param name="Model"><c>gpt2</c>: byte-level BPE; <c>llama</c>: SentencePiece's BPE; <c>bert</c>: WordPiece; or one that is not known here.</param>
/// <param name="Pre">How a text is split before BPE: <c>llama-bpe</c>, <c>qwen2</c>, <c>gpt-2</c>, <c>smollm</c>, <c>tekken</c>.</param>
/// <param name="Tokens">The pieces by id, as many as the token table has rows; of <c>gpt2</c> in the byte-level alphabet.</param>
/// <param name="Types">By id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty where the file is silent.</param>
/// <param name="Scores">By id, of <c>llama</c>; empty where the file is silent.</param>
/// <param name="Merges">Of <c>gpt2</c>, two pieces with a space between them, the first to be merged first; empty where there are none.</param>
/// <param name="Special">Ids by what they are for: <c>bos</c>, <c>eos</c>, <c>unknown</c>, <c>padding</c>, <c>eot</c>.</param>
/// <param name="AddBegin">Whether a text begins with <c>bos</c>; null where the file leaves it to the model.</param>
/// <param name="AddEnd">Whether a text ends with <c>eos</c>; null where the file leaves it to the model.</param>
/// <param name="AddSpacePrefix">Whether a space is put before a text; null where the file leaves it to the model.</param>
/// <param name="ChatTemplate">Jinja; null for none.</param>
public sealed record GgufVocabulary(string Model, string? Pre, IReadOnlyList<string> Tokens, IReadOnlyList<int> Types, IReadOnlyList<float> Scores,
    IReadOnlyList<string> Merges, IReadOnlyDictionary<string, int> Special, bool? AddBegin, bool? AddEnd, bool? AddSpacePrefix, string? ChatTemplate)
{
    /// <summary>The key of the pieces, of which there are as many as the token table has rows.</summary>
    internal const string TokensKey = Prefix + "tokens";

    private const string Prefix = "tokenizer.ggml.", Suffix = "_token_id";

    /// <summary>Null where the file has no tokens.</summary>
    /// <exception cref="DasException">Lists are of different lengths, or an id is none of the tokens'.</exception>
    internal static GgufVocabulary? Of(GgufFile file)
    {
        if (file.List<string>(TokensKey) is not { } tokens) return null;
        Dictionary<string, int> special = file.Keys
            .Where(key => key.StartsWith(Prefix, StringComparison.Ordinal) && key.EndsWith(Suffix, StringComparison.Ordinal)
                && key.Length > Prefix.Length + Suffix.Length)
            .ToDictionary(key => key[Prefix.Length..^Suffix.Length], key => (int)file.Whole(key, 0, tokens.Length - 1)!.Value);
        return new(file.Text(Prefix + "model") ?? throw file.Broken($"it has {TokensKey} but no {Prefix}model"), file.Text(Prefix + "pre"), tokens,
            OnePerToken<int>("token_type"), OnePerToken<float>("scores"), file.List<string>(Prefix + "merges") ?? [], special,
            file.Flag(Prefix + "add_bos_token"), file.Flag(Prefix + "add_eos_token"), file.Flag(Prefix + "add_space_prefix"),
            file.Text("tokenizer.chat_template"));

        T[] OnePerToken<T>(string key) => file.List<T>(Prefix + key) is not { } list ? []
            : list.Length == tokens.Length ? list : throw file.Broken($"it has {tokens.Length} tokens and {list.Length} entries of {Prefix}{key}");
    }
}
