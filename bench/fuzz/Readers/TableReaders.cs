namespace Das.Fuzz.Readers;

/// <summary>Ingested tables of the three layouts.</summary>
internal sealed class ArrowReader : Reader
{
    private const int MostSamples = 100;

    public override string Name => "arrow";
    public override IReadOnlyList<(string Assembly, string Type)> Code =>
        [("Das.Benchmarks", "Arrow.ArrowTableFile"), ("Das.Benchmarks", "Arrow.FlatTable"), ("Das.Benchmarks", "Arrow.Stored")];
    public override string File => "x.arrow";
    public override IReadOnlyList<string> HeaderRefusals => ["is not a whole Arrow file", "its footer claims"];

    protected override IReadOnlyList<byte[]> Valid() =>
    [
        Made(path => Write(path, TaskKinds.Vqa, i => new(new VqaRow(i, "train", [new(i, $"What is {i}?", ["a", "b"], [0, 1], [1.0, 0.3])]), new byte[50]))),
        Made(path => Write(path, TaskKinds.Language, i => new(new LanguageRow($"t{i}", "prompt", "target", "query", ["a", "b"], ["A", "B"], "A")))),
        Made(path =>
        {
            using TableWriter writer = FeatureTable.Write(path);
            for (int i = 0; i < 5; i++) writer.Add(new(new FeatureRow(), new byte[16]));
            writer.Complete();
        }),
    ];

    /// <summary>Mostly in the footer and in the batches' headers.</summary>
    public override byte[] Mutate(byte[] valid, SplitMix64 random)
    {
        int footer = BinaryPrimitives.ReadInt32LittleEndian(valid.AsSpan(valid.Length - 10)), end = valid.Length - 10;
        return random.Below(10) switch
        {
            < 5 => Mutation.Bytes(valid, random, end - footer, end),
            < 9 => Mutation.Bytes(valid, random, 8, Math.Min(valid.Length, 3000)),
            _ => Mutation.Anywhere(valid, random),
        };
    }

    public override long Read(string folder)
    {
        string path = Path.Combine(folder, File);
        try
        {
            using VqaTable table = new(path);
            for (int i = 0; i < Math.Min(MostSamples, table.Count); i++) _ = table[i].Image.Span.Length;
        }
        catch (DasException lacking) when (lacking.Message.Contains("lacks the column", StringComparison.Ordinal))
        {
            if (lacking.Message.Contains("it has features", StringComparison.Ordinal))
            {
                using FeatureTable features = new(path);
                for (int i = 0; i < Math.Min(MostSamples, features.Count); i++) _ = features[i].Span.Length;
                return 0;
            }
            using LanguageTable texts = new(path);
            for (int i = 0; i < Math.Min(MostSamples, texts.Count); i++) _ = texts[i].Facts.Count + texts.Picture(texts.RowOf(i)).Length;
        }
        return 0;
    }

    private static void Write(string path, TaskKind kind, Func<int, TableRow> row)
    {
        using TableWriter writer = new(path, kind);
        for (int i = 0; i < 5; i++) writer.Add(row(i));
        writer.Complete();
    }
}

/// <summary>The manifest of an ingested folder.</summary>
internal sealed class ManifestReader : Reader
{
    public override string Name => "manifest";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Benchmarks", "Tasks.DatasetManifest")];
    public override string File => DatasetManifest.FileName;
    public override IReadOnlyList<string> HeaderRefusals => NoJson;

    protected override IReadOnlyList<byte[]> Valid()
    {
        string folder = Directory.CreateTempSubdirectory("das-fuzz-").FullName;
        Prepare(folder);
        new DatasetManifest
        {
            Benchmark = "vqav2", Version = 1, Task = TaskKinds.Vqa, Splits = new() { ["train"] = ["a.arrow"], ["test"] = ["b.arrow"] },
            Files = [DatasetManifest.Describe(folder, "a.arrow", 1, 1), DatasetManifest.Describe(folder, "b.arrow", 1, 1)],
            AnswersFile = DatasetManifest.WriteAnswers(folder, ["yes", "no"]), BadInputs = 1, FirstBadInputs = [new("a", "b")],
        }.Write(folder);
        byte[] manifest = System.IO.File.ReadAllBytes(Path.Combine(folder, File));
        Directory.Delete(folder, recursive: true);
        return [manifest];
    }

    public override void Prepare(string folder)
    {
        foreach (string table in (string[])["a.arrow", "b.arrow"]) System.IO.File.WriteAllBytes(Path.Combine(folder, table), [1]);
        DatasetManifest.WriteAnswers(folder, ["yes", "no"]);
    }

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => JsonMutation.Change(valid, random);

    public override long Read(string folder) => DatasetManifest.Load(folder, verify: true).Answers.Count;
}

/// <summary>Encoded pictures.</summary>
internal sealed class PictureReader : Reader
{
    public override string Name => "picture";
    public override IReadOnlyList<(string Assembly, string Type)> Code => [("Das.Benchmarks", "Images.ImageDecoder")];
    public override string File => "x.png";
    public override long Bound => 1L << 30;
    public override IReadOnlyList<string> HeaderRefusals => ["are not an image of a known format", "is empty"];

    protected override IReadOnlyList<byte[]> Valid() => [.. Fixtures("*.png", 8000), .. Fixtures("*.jpg", 12000)];

    public override byte[] Mutate(byte[] valid, SplitMix64 random) => random.Below(3) == 0 ? Mutation.Anywhere(valid, random)
        : Mutation.Bytes(valid, random, Math.Min(8, valid.Length), valid.Length);

    public override long Read(string folder) => ImageDecoder.DecodeRgb(System.IO.File.ReadAllBytes(Path.Combine(folder, File))).Pixels.Length;
}
