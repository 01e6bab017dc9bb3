using System.Text.Encodings.Web;

namespace Das.Fuzz.Readers;

/// <summary>A tokenizer, which then reads some texts.</summary>
internal abstract class TokenizerReader : Reader
{
    protected static readonly string[] Texts =
    [
        "", "The cat sat on the mat.", "<s></s><unk> [MASK] <mask>", "é 日本 \U0001F600 \ud800 "
            + "\u2581", new string('a', 300), string.Concat(Enumerable.Repeat("ab ", 100)),
    ];
}

internal sealed class SentencePieceReader : TokenizerReader
{
    public override string Name => "sentencepiece";
    public override IReadOnlyList<(string Assembly, string Type)> Code =>
        [("Das.Benchmarks", "Pieces.SentencePieceModel"), ("Das.Benchmarks", "Text.PieceTokenizer")];
    public override string File => "tokenizer.model";
    public override IReadOnlyList<string> HeaderRefusals => ["is damaged or no SentencePiece model", "is no whole SentencePiece model"];

    protected override IReadOnlyList<byte[]> Valid() => [.. Fixtures("tokenizer.model")];

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => random.Below(3) == 0 ? Mutation.Anywhere(valid, random)
        : Mutation.Bytes(valid, random, 0, valid.Length);

    public override long Read(string folder)
    {
        PieceTokenizer tokenizer = PieceTokenizer.Load(Path.Combine(folder, File));
        foreach (string text in Texts) tokenizer.Decode(tokenizer.EncodeMarked(text));
        return 0;
    }
}

internal sealed class PieceFileReader : TokenizerReader
{
    public override string Name => "pieces";
    public override IReadOnlyList<(string Assembly, string Type)> Code =>
        [("Das.Benchmarks", "Pieces.Llama2CVocabulary"), ("Das.Benchmarks", "Text.PieceTokenizer")];
    public override string File => "tokenizer.bin";
    public override IReadOnlyList<string> HeaderRefusals => ["begins with the longest piece's length", "it ends within the head of piece 0"];

    protected override IReadOnlyList<byte[]> Valid()
    {
        string[] pieces = ["<unk>", "\n<s>\n", "\n</s>\n", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), " ", "a", "b", "ab", " a", "The", "cat"];
        return [[.. BitConverter.GetBytes(6), .. pieces.SelectMany((piece, i) => (byte[])[.. BitConverter.GetBytes(-(float)i),
            .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(piece)), .. Encoding.UTF8.GetBytes(piece)])]];
    }

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => random.Below(3) == 0 ? Mutation.Anywhere(valid, random)
        : Mutation.Bytes(valid, random, 0, valid.Length);

    public override long Read(string folder)
    {
        PieceTokenizer tokenizer = PieceTokenizer.Load(Path.Combine(folder, File));
        foreach (string text in Texts) tokenizer.Decode(tokenizer.EncodeMarked(text));
        return 0;
    }
}

internal sealed class WordPieceReader : TokenizerReader
{
    public override string Name => "wordpiece";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Benchmarks", "Text.WordPiece")];
    public override string File => "vocab.txt";
    public override IReadOnlyList<string> HeaderRefusals => ["is it BERT's vocab.txt"];

    protected override IReadOnlyList<byte[]> Valid() => [System.IO.File.ReadAllBytes(Path.Combine(Root, "models", "vilt-shapes", "vocab.txt"))];

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => Mutation.Anywhere(valid, random);

    public override long Read(string folder)
    {
        WordPiece tokenizer = WordPiece.Load(Path.Combine(folder, File));
        foreach (string text in Texts) tokenizer.Encode(text, 40);
        return 0;
    }
}

internal sealed class BytePairsReader : TokenizerReader
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override string Name => "bytepairs";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Benchmarks", "Text.BytePairs")];
    public override string File => "vocab.json";
    public override IReadOnlyList<string> HeaderRefusals => NoJson;

    protected override IReadOnlyList<byte[]> Valid() =>
        [JsonSerializer.SerializeToUtf8Bytes(((string[])["<s>", "<pad>", "</s>", "<unk>", "<mask>", "a", "b", "c", "Ġ", "ab", "Ġa", "t", "h", "e", "th", "the"])
            .Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id), Relaxed)];

    public override void Prepare(string folder) => System.IO.File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\na b\nĠ a\nt h\nth e\n");

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => JsonMutation.Change(valid, random);

    public override long Read(string folder)
    {
        BytePairs tokenizer = BytePairs.Load(Path.Combine(folder, File), Path.Combine(folder, "merges.txt"));
        foreach (string text in Texts) tokenizer.Encode(text, 40);
        return 0;
    }
}

internal sealed class RecipeReader : Reader
{
    public override string Name => "recipe";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Foundation", "StrictJson"), ("Das.Foundation", "JsonSource")];
    public override string File => "recipe.json";
    public override IReadOnlyList<string> HeaderRefusals => ["not valid JSON"];

    protected override IReadOnlyList<byte[]> Valid() => [.. Directory.EnumerateFiles(Path.Combine(Root, "recipes"), "*.json", SearchOption.AllDirectories)
        .Where(file => !System.IO.File.ReadAllText(file).Contains("\"steps\"", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        .Select(System.IO.File.ReadAllBytes)];

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => JsonMutation.Change(valid, random);

    public override long Read(string folder) => RecipeFile.Load(Path.Combine(folder, File)).ToCanonicalJson().Length;
}

/// <summary>Raw files of a benchmark, all of whose rows are made.</summary>
internal abstract class RawReader : Reader
{
    public override IReadOnlyList<string> HeaderRefusals => NoJson;

    protected static long Rows(string benchmark, string folder, JsonObject? options)
    {
        using RawDataset raw = BenchmarkCatalog.Get(benchmark).Open(folder, options, new BadInputs("skip"));
        return raw.Tables.Sum(table => table.Rows.LongCount()) * 0;
    }
}

internal sealed class JsonLinesReader : RawReader
{
    public override string Name => "json-lines";
    public override IReadOnlyList<(string Assembly, string Type)> Code =>
        [("Das.Benchmarks", "Catalog.JsonLinesTask"), ("Das.Benchmarks", "Catalog.BoolQ"), ("Das.Benchmarks", ".JsonLines")];
    public override string File => "train.jsonl";

    protected override IReadOnlyList<byte[]> Valid() => [Encoding.UTF8.GetBytes(Lines(20))];

    public override void Prepare(string folder) => System.IO.File.WriteAllText(Path.Combine(folder, "dev.jsonl"), Lines(2));

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => JsonMutation.ChangeLine(valid, random);

    public override long Read(string folder) => Rows("boolq", folder, null);

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => new JsonObject
    {
        ["question"] = $"is it {i}", ["passage"] = $"a passage {i}", ["title"] = $"t{i}", ["answer"] = i % 2 == 0,
    }.ToJsonString() + "\n"));
}

internal sealed class JsonListReader : RawReader
{
    public override string Name => "json-list";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Benchmarks", "Catalog.Karpathy"), ("Das.Benchmarks", ".JsonItems")];
    public override string File => "dataset.json";

    protected override IReadOnlyList<byte[]> Valid() => [JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["dataset"] = "x",
        ["images"] = new JsonArray([.. Enumerable.Range(0, 12).Select(i => new JsonObject
        {
            ["filename"] = $"{i}.png", ["split"] = i < 8 ? "train" : i < 10 ? "val" : "test", ["imgid"] = i,
            ["sentences"] = new JsonArray(new JsonObject { ["raw"] = $"a cat {i}", ["tokens"] = new JsonArray("a", "cat") }, new JsonObject { ["raw"] = "b" }),
        })]),
    })];

    public override void Prepare(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        for (int i = 0; i < 12; i++) System.IO.File.WriteAllBytes(Path.Combine(folder, "images", $"{i}.png"), [1]);
    }

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => JsonMutation.Change(valid, random);

    public override long Read(string folder) => Rows("karpathy", folder, new() { ["json"] = File, ["images"] = "images" });
}
