namespace Das.Benchmarks.Text.Fast;

/// <summary>A kind of byte-level tokenizer that GGUF files know by name, as parts of a <c>tokenizer.json</c>.</summary>
internal sealed record Splitting
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|", Letters = @"[^\r\n\p{L}\p{N}]?\p{L}+|", Signs = @"| ?[^\s\p{L}\p{N}]+",
        Spaces = @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", Beside = @"[^\r\n\p{L}\p{N}]?";

    private static readonly Dictionary<string, Splitting> Named = new()
    {
        ["gpt-2"] = new(),
        ["smollm"] = new() { CutsDigits = true },
        ["llama-bpe"] = new() { Words = Contractions + Letters + @"\p{N}{1,3}" + Signs + @"[\r\n]*" + Spaces, TakesWholeWords = true },
        ["qwen2"] = new() { Words = Contractions + Letters + @"\p{N}" + Signs + @"[\r\n]*" + Spaces, Composes = true },
        ["tekken"] = new()
        {
            Words = $@"{Beside}{Upper}*{Lower}+|{Beside}{Upper}+{Lower}*|\p{{N}}{Signs}[\r\n/]*{Spaces}", TakesWholeWords = true,
        },
    };

    /// <summary>Whether a word that is a token as a whole is taken as it is.</summary>
    public bool TakesWholeWords { get; private init; }

    /// <summary>The pattern of words; null for GPT-2's.</summary>
    private string? Words { get; init; }

    /// <summary>Whether every digit is cut off before.</summary>
    private bool CutsDigits { get; init; }

    /// <summary>Whether texts are brought into NFC, which the lists do not tell and the models' own files do.</summary>
    private bool Composes { get; init; }

    /// <summary>The file's <c>normalizer</c>.</summary>
    public JsonObject? Normalizer => Composes ? new() { ["type"] = "NFC" } : null;

    /// <summary>The file's <c>pre_tokenizer</c>.</summary>
    public JsonObject PreTokenizer => CutsDigits ? Sequence(new() { ["type"] = "Digits", ["individual_digits"] = true }, Bytes())
        : Words is null ? Bytes()
        : Sequence(new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = Words }, ["behavior"] = "Isolated", ["invert"] = false },
            Bytes(words: false));

    /// <param name="name">A GGUF file's <c>tokenizer.ggml.pre</c>.</param>
    /// <param name="place">Where it stands, for errors.</param>
    /// <exception cref="DasException">It is not known.</exception>
    public static Splitting Of(string name, string place) => Named.TryGetValue(name, out Splitting? known) ? known
        : throw new DasException(ErrorKind.Data, $"{place}: {Nearest.Unknown("splitting", name, Named.Keys)}");

    /// <summary>What spells words by bytes, also as a file's <c>post_processor</c> and <c>decoder</c>.</summary>
    /// <param name="words">Whether it cuts texts into GPT-2's words before.</param>
    public static JsonObject Bytes(bool words = true) => new()
    {
        ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = words,
    };

    private static JsonObject Sequence(JsonObject first, JsonObject second) =>
        new() { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(first, second) };
}
