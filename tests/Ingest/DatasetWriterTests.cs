namespace Das.Tests.Ingest;

public sealed class DatasetWriterTests : FolderTest
{
    private static readonly JsonObject Few = new() { ["trainImages"] = 300, ["valImages"] = 20, ["testImages"] = 40 };

    private static Task<DatasetManifest> Write(string benchmark, string? source, TemporaryFolder folder, string onBadInput = "stop",
        JsonObject? options = null) =>
        Ingested.Write(benchmark, source, folder, options, onBadInput);

    private static Dictionary<string, byte[]> Bytes(TemporaryFolder folder) =>
        Directory.EnumerateFiles(folder.Path).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);

    [Fact]
    public async Task The_same_input_gives_the_same_bytes_again()
    {
        using TemporaryFolder a = new(), b = new();
        await Write("shapes", null, a, options: Few);
        await Write("shapes", null, b, options: Few);
        await Write("shapes", null, b, options: Few);
        Assert.Equal(Bytes(a).OrderBy(f => f.Key), Bytes(b).OrderBy(f => f.Key));
        Assert.Equal(5, Bytes(a).Count);
    }

    [Fact]
    public async Task What_is_ingested_is_what_was_generated_in_order()
    {
        DatasetManifest manifest = await Write("shapes", null, folder, options: Few);
        using VqaTable train = TaskKinds.Vqa.Open(manifest, "train");
        Assert.Equal((300, 300L), (train.Rows, manifest.Files[0].Rows));
        Assert.Equal(train.Count, manifest.Files[0].Questions);
        for (int i = 0; i < train.Count; i += 17)
        {
            ShapesScene scene = ShapesScene.At(0, train.RowOf(i));
            Assert.Equal(scene.Pixels, ImageDecoder.DecodeRgb(train[i].Image.Span).Pixels);
            Assert.Contains((train[i].Question, manifest.Answers[train[i].Labels[0]]), scene.Questions);
        }
        Assert.Equal(train.Count, Enumerable.Range(0, train.Count).Select(i => train[i].QuestionId).Distinct().Count());
        Refuses.Data("train, val", () => TaskKinds.Vqa.Open(manifest, "dev"));
        Assert.Equal(TaskKinds.Vqa, manifest.Task);
        Assert.Contains("\"task\": \"vqa\"", File.ReadAllText(folder["manifest.json"]));
        Refuses.Data("is a vqa dataset", () => TaskKinds.Pairs.Open(manifest, "train"));
        Refuses.Data("cannot be read as retrieval", () => TaskKinds.Retrieval.Open(manifest, "train"));
    }

    [Fact]
    public async Task A_changed_or_missing_table_is_noticed()
    {
        await Write("shapes", null, folder, options: Few);
        string table = folder["shapes_val.arrow"];
        byte[] bytes = File.ReadAllBytes(table);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(table, bytes);
        DatasetManifest.Load(folder.Path);
        Refuses.Data("SHA-256", () => DatasetManifest.Load(folder.Path, verify: true));
        File.WriteAllBytes(table, bytes[1..]);
        Refuses.Data("ingest the dataset again", () => DatasetManifest.Load(folder.Path));
        File.Delete(table);
        Refuses.Data("missing", () => DatasetManifest.Load(folder.Path));
    }

    [Fact]
    public async Task Broken_and_missing_pictures_stop_the_ingest_by_name()
    {
        using TemporaryFolder source = EasyVqaSource();
        source.Write("train/images/3.png", [1, 2, 3]);
        var broken = await Refuses.DataAsync(() => Write("easy-vqa", source.Path, folder));
        Assert.Contains("train/images/3.png", broken.Message);
        File.Delete(source["train/images/3.png"]);
        var missing = await Refuses.DataAsync(() => Write("easy-vqa", source.Path, folder));
        Assert.Contains("train/questions.json item 7 (at 1:", missing.Message);
        Assert.Contains("2 inputs cannot be used", missing.Message);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder.Path), f => f.EndsWith("manifest.json") || f.EndsWith(".tmp"));
    }

    [Fact]
    public async Task Skipped_inputs_are_counted_named_and_left_out()
    {
        using TemporaryFolder source = EasyVqaSource();
        source.Write("train/images/3.png", [1, 2, 3]);
        File.Delete(source["train/images/4.png"]);
        DatasetManifest manifest = await Write("easy-vqa", source.Path, folder, "skip");
        Assert.Equal(1 + 2, manifest.BadInputs);
        Assert.Contains(manifest.FirstBadInputs, b => b.Input.EndsWith("train/images/3.png"));
        Assert.Equal([17, 1, 10], manifest.Files.Select(f => (int)f.Rows)); // 18 + 1 are left of 20 without picture 4.
    }

    [Fact]
    public async Task A_cancelled_ingest_leaves_what_it_goes_on_with_and_nothing_that_looks_like_a_dataset()
    {
        using CancellationTokenSource cancel = new();
        Progress reports = new(done => { if (done > 0) cancel.Cancel(); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            DatasetWriter.WriteAsync(BenchmarkCatalog.Get("shapes"), null, new() { ["trainImages"] = 100_000 }, "stop", folder.Path, reports, cancel.Token));
        Assert.Equal(["shapes_train.arrow.part", "tables.kept"], folder.Names);
    }

    [Fact]
    public async Task The_same_raw_files_elsewhere_give_the_same_bytes_also_where_some_are_unusable()
    {
        using TemporaryFolder one = EasyVqaSource(), other = EasyVqaSource(), a = new(), b = new();
        foreach ((TemporaryFolder source, TemporaryFolder dataset) in new[] { (one, a), (other, b) })
        {
            source.Write("train/images/3.png", [1, 2, 3]);
            File.Delete(source["train/images/4.png"]);
            await Write("easy-vqa", source.Path, dataset, "skip");
        }
        Assert.Equal(Bytes(a).OrderBy(f => f.Key), Bytes(b).OrderBy(f => f.Key));
    }

    [Fact]
    public async Task Memory_does_not_grow_with_the_data()
    {
        // Read ahead, being read, waiting in a batch.
        int held = DatasetWriter.Ahead + Environment.ProcessorCount + TableWriter.BatchBytes / ManyPictures.Bytes + 2;
        foreach (int pictures in new[] { 500, 5000 })
        {
            ManyPictures many = new(pictures);
            await DatasetWriter.WriteAsync(many, null, null, "stop", folder.Path, null, Token);
            Assert.InRange(many.MostAlive, 1, held);
        }
    }

    [Fact]
    public void A_fingerprint_changes_with_names_lengths_and_times()
    {
        using TemporaryFolder folder = EasyVqaSource();
        string first = SourceFingerprint.Of(folder.Path);
        Assert.Equal(first, SourceFingerprint.Of(folder.Path));
        File.SetLastWriteTimeUtc(folder["answers.txt"], DateTime.UnixEpoch);
        string second = SourceFingerprint.Of(folder.Path);
        File.Move(folder["answers.txt"], folder["answer.txt"]);
        Assert.Equal(3, new[] { first, second, SourceFingerprint.Of(folder.Path) }.Distinct().Count());
        Refuses.Data("does not exist", () => SourceFingerprint.Of(folder["none"]));
    }

    /// <summary>20 training and 10 test pictures, two questions each, in easy-VQA's form.</summary>
    private static TemporaryFolder EasyVqaSource()
    {
        TemporaryFolder folder = new();
        folder.Write("answers.txt", "yes\nno\n");
        foreach ((string split, int count) in new[] { ("train", 20), ("test", 10) })
        {
            Directory.CreateDirectory(folder[$"{split}/images"]);
            for (int i = 0; i < count; i++) folder.Write($"{split}/images/{i}.png", ShapesBenchmark.Png(ShapesScene.At(2, i)));
            var questions = Enumerable.Range(0, count).SelectMany(i => new[] { new JsonArray("is it?", "yes", i), new JsonArray("is it not?", "no", i) });
            folder.Write($"{split}/questions.json", new JsonArray([.. questions]).ToJsonString());
        }
        return folder;
    }

    private sealed class Progress(Action<long> on) : IProgress<(long Done, long Total, string Note)>
    {
        public void Report((long Done, long Total, string Note) value) => on(value.Done);
    }

    /// <summary>Pictures of 100 KB (most of it after the end of the PNG), made when they are asked for; counts from time to time how many are alive.</summary>
    private sealed class ManyPictures(int count) : Benchmark
    {
        public const int Bytes = 100_000;

        private static readonly byte[] Picture = ShapesBenchmark.Png(ShapesScene.At(0, 0));
        private readonly List<WeakReference> given = [];

        public int MostAlive { get; private set; }
        public override string Name => "many";
        public override int Version => 1;
        public override TaskKind Task => TaskKinds.Vqa;
        public override string Description => "";
        public override IReadOnlyDictionary<string, string[]> Splits { get; } = new Dictionary<string, string[]> { ["train"] = ["many"] };

        public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default) =>
            new(["yes"], [new("many", Enumerable.Range(0, count)
                .Select(i => new RawRow(new VqaRow(i, "train", [new(i, "?", ["yes"], [0], [1])]), new RawImage($"{i}", Read))), count)]);

        private byte[] Read()
        {
            byte[] picture = new byte[Bytes];
            Picture.CopyTo(picture, 0);
            lock (given)
            {
                given.Add(new(picture));
                if (given.Count % 250 == 0)
                {
                    GC.Collect();
                    MostAlive = Math.Max(MostAlive, given.Count(g => g.IsAlive));
                }
            }
            return picture;
        }
    }
}
