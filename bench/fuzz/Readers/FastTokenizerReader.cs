namespace Das.Fuzz.Readers;

/// <summary>Hugging Face's <c>tokenizer.json</c>, of small vocabularies so that mutations meet the other parts as well.</summary>
internal sealed class FastTokenizerReader : TokenizerReader
{
    private const string Merged = """
        "type": "BPE", "dropout": null, "unk_token": "<unk>", "fuse_unk": true, "ignore_merges": false, "merges": [["a", "b"], "t h", ["th", "e"]],
        """;

    private const string Pieces = """ "<unk>": 0, "a": 1, "b": 2, "t": 3, "h": 4, "e": 5, "ab": 6, "th": 7, "the": 8, "\u2581": 9, "\u0120": 10 """;

    private static readonly string[] Files =
    [
        $$$$$"""
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 11, "content": "<s>", "single_word": false, "lstrip": true, "rstrip": true, "normalized": false, "special": true},
           {"id": 12, "content": "cat", "single_word": true, "lstrip": false, "rstrip": false, "normalized": true, "special": false}],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Prepend", "prepend": "\u2581"},
           {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}, {"type": "Strip", "strip_left": true, "strip_right": false}]},
         "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": true},
         "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [11], "tokens": ["<s>"]}}},
         "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"},
           {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
         "model": { {{{{{Merged}}}}} "byte_fallback": true, "vocab": { {{{{{Pieces}}}}}, "<0xC3>": 13, "<0xA9>": 14 } } }
        """,
        $$$$$"""
        {"version": "1.0", "added_tokens": [{"id": 11, "content": "</s>", "special": true}], "normalizer": {"type": "NFC"},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "Split",
           "pattern": {"Regex": "(?i:'s|'t)|[^\\r\\n\\p{L}]?\\p{L}+| ?[^\\s\\p{L}]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false},
           {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true}]},
         "post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel", "trim_offsets": false},
           {"type": "RobertaProcessing", "sep": ["</s>", 11], "cls": ["</s>", 11]}]},
         "decoder": {"type": "ByteLevel"},
         "model": { {{{{{Merged}}}}} "byte_fallback": false, "continuing_subword_prefix": null, "end_of_word_suffix": null, "vocab": { {{{{{Pieces}}}}} } } }
        """,
    ];

    private const string WordPieces = """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 0, "content": "[PAD]", "special": true}, {"id": 1, "content": "[UNK]", "special": true},
           {"id": 2, "content": "[CLS]", "special": true}, {"id": 3, "content": "[SEP]", "special": true}, {"id": 4, "content": "[MASK]", "special": true}],
         "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
           "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "##a": 6, "##b": 7, "the": 8, "cat": 9, "sat": 10, ".": 11} } }
        """;

    public override string Name => "tokenizer-json";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Benchmarks", "Text.Fast"), ("Das.Benchmarks", "Text.Unicode")];
    public override string File => "tokenizer.json";
    public override IReadOnlyList<string> HeaderRefusals => NoJson;

    protected override IReadOnlyList<byte[]> Valid() => [.. Files.Append(WordPieces).Select(Encoding.UTF8.GetBytes)];

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => JsonMutation.Change(valid, random);

    public override long Read(string folder)
    {
        var tokenizer = FastTokenizer.Load(Path.Combine(folder, File));
        foreach (string text in Texts)
        {
            int[] ids = tokenizer.Encode(text, bos: true);
            tokenizer.Decode(ids, specials: true);
            tokenizer.DecodeContinuation(ids);
        }
        return 0;
    }
}
