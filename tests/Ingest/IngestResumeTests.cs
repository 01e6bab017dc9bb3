namespace Das.Tests.Ingest;

/// <summary>Ingests that end in the middle, and go on.</summary>
public sealed class IngestResumeTests : FolderTest
{
    private const string Records = "tables.kept";
    private readonly TemporaryFolder whole = new();

    public override void Dispose()
    {
        whole.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData(10, 8)] // the third batch of the first table
    [InlineData(1, 0)] // before anything was written
    [InlineData(100 + 9, 100 + 8)] // the second table
    public async Task An_ended_ingest_goes_on_behind_its_last_batch_to_the_same_bytes(int endsAt, int goesOnAt)
    {
        Pictures pictures = new(folder.Path);
        await pictures.EndAsync(endsAt);
        Assert.False(File.Exists(folder[DatasetManifest.FileName]));
        await AssertGoesOnAsync(pictures, goesOnAt);
    }

    [Theory]
    [InlineData(0.25, 0)]
    [InlineData(0.75, 4)]
    public async Task A_batch_that_was_altered_and_those_behind_it_are_written_again(double at, int goesOnAt)
    {
        Pictures pictures = new(folder.Path);
        await pictures.EndAsync(10);
        Flip(folder["many_train.arrow.part"], at);
        await AssertGoesOnAsync(pictures, goesOnAt);
    }

    [Fact]
    public async Task A_whole_table_that_was_altered_is_written_again_and_so_is_all_where_the_records_are_lost()
    {
        Pictures pictures = new(folder.Path);
        await pictures.EndAsync(100 + 9);
        Flip(folder["many_train.arrow"], 0.5);
        await AssertGoesOnAsync(pictures, 0);
        await pictures.EndAsync(10);
        File.Delete(folder[Records]);
        await AssertGoesOnAsync(pictures, 0);
    }

    [Fact]
    public async Task An_input_that_stops_the_ingest_leaves_nothing_to_go_on_with()
    {
        await Refuses.DataAsync(() => new Pictures(folder.Path).WriteAsync("stop"));
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    private static void Flip(string file, double at)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[(int)(at * bytes.Length)] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private async Task AssertGoesOnAsync(Pictures pictures, int goesOnAt)
    {
        Pictures undisturbed = new(whole.Path);
        await undisturbed.WriteAsync();
        int[] read = await pictures.WriteAsync();
        Assert.Equal(goesOnAt, read.Min());
        Assert.Equal(undisturbed.Rows.Where(row => row >= goesOnAt), read.Order());
        Assert.Equal(whole.Names, folder.Names);
        foreach (string name in whole.Names) Assert.True(File.ReadAllBytes(whole[name]).AsSpan().SequenceEqual(File.ReadAllBytes(folder[name])), name);
        DatasetManifest manifest = DatasetManifest.Load(folder.Path, verify: true);
        Assert.Equal((4, 12L, 12L), (manifest.BadInputs, manifest.Files[0].Rows, manifest.Files[1].Rows));
    }

    /// <summary>Two tables of 14 pictures, four a record batch, two of each table's unusable; those of the second are numbered from 100.</summary>
    private sealed class Pictures(string folder) : Benchmark
    {
        private static readonly byte[] Picture = [.. ShapesBenchmark.Png(ShapesScene.At(0, 0)), .. new byte[TableWriter.BatchBytes / 4]];
        private readonly ConcurrentBag<int> read = [];
        private int endsAt = -1;
        private CancellationTokenSource? ended;

        public override string Name => "many";
        public override int Version => 1;
        public override TaskKind Task => TaskKinds.Vqa;
        public override string Description => "";
        public IEnumerable<int> Rows => Enumerable.Range(0, 14).Concat(Enumerable.Range(100, 14));

        public override IReadOnlyDictionary<string, string[]> Splits { get; } =
            new Dictionary<string, string[]> { ["train"] = ["many_train"], ["test"] = ["many_test"] };

        public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default) =>
            new(["yes"], [Table("many_train", 0), Table("many_test", 100)]);

        /// <returns>The pictures read.</returns>
        public async Task<int[]> WriteAsync(string onBadInput = "skip")
        {
            read.Clear();
            await DatasetWriter.WriteAsync(this, null, null, onBadInput, folder, null, ended?.Token ?? Token);
            return [.. read];
        }

        /// <summary>An ingest that ends at a picture, once all whole batches before it are written.</summary>
        public async Task EndAsync(int at)
        {
            using CancellationTokenSource source = new();
            (ended, endsAt) = (source, at);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WriteAsync());
            (ended, endsAt) = (null, -1);
        }

        private RawTable Table(string name, int first) => new(name, Enumerable.Range(first, 14)
            .Select(i => new RawRow(new VqaRow(i, "train", [new(i, "?", ["yes"], [0], [1])]), new RawImage($"{i}", () => Read(name, first, i)))), 14);

        private byte[] Read(string table, int first, int number)
        {
            read.Add(number);
            if (number == endsAt)
            {
                long written = (number - first) / 4 * (long)TableWriter.BatchBytes;
                SpinWait.SpinUntil(() => new FileInfo(Path.Combine(folder, table + ".arrow.part")) is { Exists: true } part && part.Length >= written,
                    TimeSpan.FromSeconds(30));
                ended!.Cancel();
                ended.Token.ThrowIfCancellationRequested();
            }
            return number % 100 is 8 or 13 ? [1, 2, 3] : Picture;
        }
    }
}
