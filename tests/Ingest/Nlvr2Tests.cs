namespace Das.Tests.Ingest;

public sealed class Nlvr2Tests
{
    private static Task<DatasetManifest> Write(TemporaryFolder source, TemporaryFolder folder, string onBadInput = "stop", JsonObject? options = null) =>
        Ingested.Write("nlvr2", source.Path, folder, options ?? new() { ["valRows"] = 4 }, onBadInput);

    private static HashSet<string> Sets(PairTable table) => [.. Enumerable.Range(0, table.Count).Select(i => table[i].Identifier.Split('-')[1])];

    [Fact]
    public async Task Whole_image_sets_are_held_out_of_training()
    {
        using TemporaryFolder source = PairSources.Small(), folder = new();
        DatasetManifest manifest = await Write(source, folder);
        Assert.Equal(TaskKinds.Pairs, manifest.Task);
        Assert.Equal(["all_train", "dev", "test", "train", "val"], manifest.Splits.Keys);
        Assert.Equal(["False", "True"], manifest.Answers);
        using PairTable train = TaskKinds.Pairs.Open(manifest, "train"), val = TaskKinds.Pairs.Open(manifest, "val"),
            all = TaskKinds.Pairs.Open(manifest, "all_train"),
            dev = TaskKinds.Pairs.Open(manifest, "dev"), test = TaskKinds.Pairs.Open(manifest, "test");
        Assert.Equal((18, 36, 4, 6), (all.Rows, all.Count, dev.Rows, test.Rows));
        Assert.InRange(val.Rows, 4, 5); // A set has at most two pairs.
        Assert.Equal(18 - val.Rows, train.Rows);
        Assert.Empty(Sets(train).Intersect(Sets(val)));
        Assert.Equal(12, Sets(train).Count + Sets(val).Count);
        Assert.Equal(("sentence 1 of 0-0", false, "dev-0-0"), (dev[1].Sentence, dev[1].Label!.Value, dev[1].Identifier));
        Assert.Equal(File.ReadAllBytes(source["dev/dev-1-1-img1.png"]), test.Count > 0 ? dev[dev.Count - 3].Right.ToArray() : []);
    }

    [Fact]
    public async Task What_is_held_out_is_the_seeds_and_the_same_bytes_again()
    {
        using TemporaryFolder source = PairSources.Small(), a = new(), b = new(), c = new();
        string[] Digests(DatasetManifest manifest) => [.. manifest.Files.Select(f => f.Sha256)];
        string[] first = Digests(await Write(source, a)), again = Digests(await Write(source, b)),
            other = Digests(await Write(source, c, options: new() { ["valRows"] = 4, ["seed"] = 1 }));
        Assert.Equal(first, again);
        Assert.NotEqual(first[1], other[1]);
        Assert.Equal(first[2..], other[2..]);
    }

    [Fact]
    public async Task More_rows_than_there_are_cannot_be_held_out()
    {
        using TemporaryFolder source = PairSources.Small(), folder = new();
        Assert.Contains("holds out all 18 training pairs", (await Refuses.OfAsync(ErrorKind.Recipe, () => Write(source, folder, options: []))).Message);
    }

    [Fact]
    public async Task A_missing_picture_is_named_and_every_sentence_about_it_is_counted()
    {
        using TemporaryFolder source = PairSources.Small(), folder = new();
        File.Delete(source["images/train/1/train-1-1-img1.png"]);
        string message = (await Refuses.DataAsync(() => Write(source, folder))).Message;
        Assert.Contains("2 inputs cannot be used", message);
        Assert.Contains("train.json line 5: There is no picture images/train/1/train-1-1-img1.png, nor", message);
        DatasetManifest manifest = await Write(source, folder, "skip");
        using PairTable all = TaskKinds.Pairs.Open(manifest, "all_train");
        Assert.Equal((2, 17, 34), (manifest.BadInputs, all.Rows, all.Count));
    }

    [Fact]
    public async Task A_pair_with_one_broken_picture_is_one_bad_input_that_names_the_picture()
    {
        using TemporaryFolder source = PairSources.Small(), folder = new();
        source.Write("dev/dev-2-0-img1.png", [1, 2, 3]);
        await Refuses.DataAsync("dev/dev-2-0-img1.png: The 3 bytes are not an image", () => Write(source, folder));
        DatasetManifest manifest = await Write(source, folder, "skip");
        using PairTable dev = TaskKinds.Pairs.Open(manifest, "dev");
        Assert.Equal((1, 3), (manifest.BadInputs, dev.Rows));
        Assert.DoesNotContain("2", Sets(dev));
    }

    [Theory]
    [InlineData("""{"identifier":"train-7","sentence":"s","label":"True","directory":0}""", "which is not of the form <split>-<set>-<pair>-<sentence>")]
    [InlineData("""{"identifier":"train-x-0-0","sentence":"s","label":"True","directory":0}""", "is not of the form")]
    [InlineData("""{"identifier":"../../etc-1-0-0","sentence":"s","label":"True","directory":0}""", "is not of the form")]
    [InlineData("""{"identifier":"train-99-0-0","sentence":"s","label":"maybe","directory":0}""",
        "'label' is a text (\"maybe\") where true or false is expected")]
    [InlineData("""{"identifier":"train-99-0-0","sentence":"s","label":"True"}""", "'directory' is missing")]
    [InlineData("""{"identifier":"train-99-0-0","sentence":"s","label":"True","directory":"../dev"}""", "'directory' is '../dev'; expected the number")]
    [InlineData("""{"identifier":"train-99-0-0","label":"True","directory":0}""", "'sentence' is missing; expected a text among identifier, label, directory")]
    [InlineData("""{"identifier":"train-99-0-0","sentence":NaN}""", "At 37:41, NaN is no JSON")]
    [InlineData("[1]", "is no JSON object")]
    public async Task An_unusable_line_is_named_and_can_be_skipped(string line, string reason)
    {
        using TemporaryFolder source = PairSources.Small(), folder = new();
        File.AppendAllText(source["nlvr2/data/train.json"], line);
        string message = (await Refuses.DataAsync(() => Write(source, folder))).Message;
        Assert.Contains("nlvr2/data/train.json line 37: ", message);
        Assert.Contains(reason, message);
        DatasetManifest manifest = await Write(source, folder, "skip");
        Assert.Equal((1, 36), (manifest.BadInputs, manifest.Files[0].Questions + manifest.Files[1].Questions));
    }

    [Fact]
    public async Task A_missing_file_or_picture_folder_is_named()
    {
        using TemporaryFolder source = PairSources.Small(), folder = new();
        Directory.Delete(source["test1"], recursive: true);
        await Refuses.DataAsync("lacks the folder test1/", () => Write(source, folder));
        File.Delete(source["nlvr2/data/dev.json"]);
        await Refuses.DataAsync("lacks nlvr2/data/dev.json", () => Write(source, folder));
    }
}
