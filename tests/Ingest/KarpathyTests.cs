namespace Das.Tests.Ingest;

public sealed class KarpathyTests
{
    private static JsonObject Options(string json, string name = "karpathy", int seed = 0) =>
        new() { ["json"] = json, ["images"] = "images", ["name"] = name, ["seed"] = seed };

    private static Task<DatasetManifest> Write(string source, TemporaryFolder folder, JsonObject options, string onBadInput = "stop") =>
        Ingested.Write("karpathy", source, folder, options, onBadInput);

    private static TemporaryFolder Source(params (string Split, int Count)[] splits)
    {
        TemporaryFolder source = new();
        CaptionSources.Lay(source, CaptionSources.Json(splits), "set.json", "images");
        return source;
    }

    private static string[] Images(CaptionTable table) => [.. Enumerable.Range(0, table.Rows).Select(table.ImageId)];

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("flickr8k_1k", "dataset_flickr8k_1k.json", 753, 122, 125, 5000)]
    [InlineData("aid_rsicd", "dataset_rsicd_aid.json", 729, 81, 510, 3206)]
    public async Task A_published_set_is_ingested_whole(string set, string json, int train, int val, int test, int captions)
    {
        string data = Repository.DataOf(set);
        using TemporaryFolder folder = new(), again = new();
        DatasetManifest manifest = await Write(data, folder, Options(json, "my-set"));
        Assert.Equal(manifest.Files, (await Write(data, again, Options(json, "my-set"))).Files);
        Assert.Equal((TaskKinds.Retrieval, 0), (manifest.Task, manifest.BadInputs));
        Assert.Equal(["my-set_caption_karpathy_train.arrow"], manifest.Splits["train"]);
        Assert.Equal(captions, manifest.Files.Sum(f => f.Questions));

        using CaptionTable a = TaskKinds.Retrieval.Open(manifest, "train"), b = TaskKinds.Retrieval.Open(manifest, "val"),
            c = TaskKinds.Retrieval.Open(manifest, "test");
        Assert.Equal((train, val, test), (a.Rows, b.Rows, c.Rows));
        Assert.Equal(train + val + test, Images(a).Concat(Images(b)).Concat(Images(c)).Distinct().Count());
        byte[][] pictures = [.. new[] { a, b, c }.SelectMany(t => Enumerable.Range(0, t.Rows)
            .Select(r => System.Security.Cryptography.SHA256.HashData(t.Picture(r).Span)))];
        Assert.Equal(pictures.Length, pictures.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public async Task Fewer_test_pictures_are_the_first_of_all_and_leave_training_as_it_is()
    {
        using TemporaryFolder source = Source(("train", 5), ("val", 2), ("test", 4)), whole = new(), part = new();
        JsonObject fewer = Options("set.json");
        fewer["testPictures"] = 3;
        DatasetManifest all = await Write(source.Path, whole, Options("set.json")), some = await Write(source.Path, part, fewer);
        using CaptionTable every = TaskKinds.Retrieval.Open(all, "test"), first = TaskKinds.Retrieval.Open(some, "test");
        Assert.Equal(Images(every)[..3], Images(first));
        Assert.Equal(all.Files.Where(f => !f.Name.Contains("test")), some.Files.Where(f => !f.Name.Contains("test")));
    }

    [Fact]
    public async Task A_pictures_captions_are_its_rows_and_a_repeated_one_counts_once_where_it_first_stands()
    {
        using TemporaryFolder source = Source(("train", 5), ("val", 2), ("test", 3)), folder = new();
        DatasetManifest manifest = await Write(source.Path, folder, Options("set.json"));
        using CaptionTable train = TaskKinds.Retrieval.Open(manifest, "train");
        Assert.Equal((5, 10, 10L), (train.Rows, train.Count, manifest.Files[0].Questions));
        for (int i = 0; i < train.Count; i++)
        {
            int row = train.RowOf(i);
            CaptionSample sample = train[i];
            Assert.Equal(sample.ImageId, train.ImageId(row));
            Assert.Equal(sample.Image.ToArray(), train.Picture(row).ToArray());
            Assert.Equal($"caption {i % 2} of train {sample.ImageId[5..^4]}", sample.Caption);
        }
        Assert.Equal(train[0].ImageId, train[1].ImageId);
        Assert.Equal([train[0].Caption, train[1].Caption], train.Captions(0));
        Refuses.Data("is a retrieval dataset", () => TaskKinds.Vqa.Open(manifest, "train"));
    }

    [Fact]
    public async Task The_order_is_the_seeds_and_zip_and_folder_give_the_same_bytes()
    {
        using TemporaryFolder source = Source(("train", 20), ("test", 3)), a = new(), b = new(), c = new(), zips = new();
        ZipFile.CreateFromDirectory(source.Path, zips["set.zip"]);
        DatasetManifest fromFolder = await Write(source.Path, a, Options("set.json")), fromZip = await Write(zips["set.zip"], b, Options("set.json")),
            other = await Write(source.Path, c, Options("set.json", seed: 1));
        Assert.Equal(fromFolder.Files, fromZip.Files);
        Assert.NotEqual(fromFolder.Files[0].Sha256, other.Files[0].Sha256);
        using CaptionTable train = TaskKinds.Retrieval.Open(fromFolder, "train"), val = TaskKinds.Retrieval.Open(fromFolder, "val");
        Assert.Equal((18, 2), (train.Rows, val.Rows)); // There is no val: a tenth of train is held out.
        Assert.Empty(Images(train).Intersect(Images(val)));
    }

    [Fact]
    public async Task Restval_is_trained_on_and_val_is_not()
    {
        using TemporaryFolder source = Source(("train", 4), ("restval", 3), ("val", 2), ("test", 2)), folder = new();
        DatasetManifest manifest = await Write(source.Path, folder, Options("set.json", "coco"));
        Assert.Equal(["coco_caption_karpathy_train.arrow", "coco_caption_karpathy_restval.arrow"], manifest.Splits["train"]);
        using CaptionTable train = TaskKinds.Retrieval.Open(manifest, "train"), val = TaskKinds.Retrieval.Open(manifest, "val");
        Assert.Equal((7, 2), (train.Rows, val.Rows));
        Assert.Empty(Images(train).Intersect(Images(val)));
    }

    [Fact]
    public async Task Missing_broken_repeated_and_misplaced_pictures_are_named_and_counted()
    {
        using TemporaryFolder source = Source(("train", 6), ("val", 2), ("test", 2)), folder = new();
        JsonNode json = JsonNode.Parse(File.ReadAllText(source["set.json"]))!;
        JsonArray images = json["images"]!.AsArray();
        images.Add(images[0]!.DeepClone());
        images.Add(new JsonObject { ["filename"] = "x.jpg", ["split"] = "Train", ["sentences"] = new JsonArray(new JsonObject { ["raw"] = "a" }) });
        images.Add(new JsonObject { ["filename"] = "../set.json", ["split"] = "train", ["sentences"] = new JsonArray(new JsonObject { ["raw"] = "a" }) });
        images.Add(new JsonObject { ["filename"] = "y.jpg", ["split"] = "train", ["sentences"] = new JsonArray() });
        source.Write("set.json", json.ToJsonString());
        File.Delete(source["images/val1.jpg"]);
        source.Write("images/test1.jpg", [1, 2, 3]);
        string message = (await Refuses.DataAsync(() => Write(source.Path, folder, Options("set.json")))).Message;
        Assert.Contains("5 inputs cannot be used", message);
        Assert.Contains("There is no picture val1.jpg in images/", message);
        DatasetManifest manifest = await Write(source.Path, folder, Options("set.json"), "skip");
        Assert.Equal(6, manifest.BadInputs);
        Assert.Equal([6, 1, 1], manifest.Files.Select(f => (int)f.Rows));
        Assert.Contains(manifest.FirstBadInputs, b => b.Reason.Contains("Did you mean 'train'?"));
    }

    [Fact]
    public async Task A_truncated_file_is_named_and_a_missing_folder_or_file_and_a_bad_name_too()
    {
        using TemporaryFolder source = Source(("train", 6), ("val", 2), ("test", 2)), folder = new();
        string json = File.ReadAllText(source["set.json"]);
        source.Write("set.json", json[..^100]);
        await Refuses.DataAsync("ends within item 10", () => Write(source.Path, folder, Options("set.json")));
        await Refuses.DataAsync("letters, digits", () => Write(source.Path, folder, Options("set.json", "../x")));
        await Refuses.DataAsync("lacks sets.json", () => Write(source.Path, folder, Options("sets.json")));
        Directory.Delete(source["images"], recursive: true);
        await Refuses.DataAsync("lacks the folder images/", () => Write(source.Path, folder, Options("set.json")));
    }
}
