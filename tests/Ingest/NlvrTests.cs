namespace Das.Tests.Ingest;

public sealed class NlvrTests
{
    private static string Data => Repository.DataOf("nlvr");

    private static Task<DatasetManifest> Write(string source, TemporaryFolder folder, string onBadInput = "stop") =>
        Ingested.Write("nlvr", source, folder, null, onBadInput);

    [Fact]
    [Trait("Needs", "shared-data")]
    public async Task The_published_set_is_ingested_whole_and_the_halves_make_up_the_pictures()
    {
        using TemporaryFolder folder = new(), again = new();
        DatasetManifest manifest = await Write(Data, folder);
        Assert.Equal(manifest.Files, (await Write(Data, again)).Files);
        Assert.Equal(["nlvr_train.arrow", "nlvr_val.arrow", "nlvr_dev.arrow", "nlvr_test.arrow"], manifest.Files.Select(f => f.Name));
        Assert.Equal(1000, manifest.Files[0].Rows + manifest.Files[1].Rows);
        Assert.InRange(manifest.Files[1].Rows, 75, 110);
        Assert.Equal([989, 990], manifest.Files.Skip(2).Select(f => (int)f.Questions));
        Assert.Equal(0, manifest.BadInputs);

        using PairTable train = TaskKinds.Pairs.Open(manifest, "train"), val = TaskKinds.Pairs.Open(manifest, "val"),
            dev = TaskKinds.Pairs.Open(manifest, "dev"),
            test = TaskKinds.Pairs.Open(manifest, "test");
        Assert.Equal((587, 547, 556), (True(train) + True(val), True(dev), True(test)));
        Assert.True(train.Majority().Answer);
        Assert.Equal(0.553, dev.Always(train.Majority().Answer).Mean, 3);
        Assert.Empty(Sentences(train).Intersect(Sentences(val)));
        Assert.Equal(2979, new[] { train, val, dev, test }.SelectMany(t => Enumerable.Range(0, t.Count).Select(i => t[i].Identifier)).Distinct().Count());

        using ZipArchive zip = ZipFile.OpenRead(Path.Combine(Data, "nlvr_images.zip"));
        Raster whole = ImageDecoder.DecodeRgba(Read(zip, $"dev/{dev[7].Identifier}-0.png")), left = ImageDecoder.DecodeRgba(dev[7].Left.Span),
            right = ImageDecoder.DecodeRgba(dev[7].Right.Span);
        Assert.Equal((275, 125), (left.Width, right.Width));
        Assert.Equal(whole.Columns(0, 275).Pixels, left.Pixels);
        Assert.Equal(whole.Columns(275, 400).Pixels, right.Pixels);
    }

    [Fact]
    public async Task A_picture_of_another_size_or_none_is_named()
    {
        using TemporaryFolder source = new(), folder = new();
        foreach (string split in new[] { "train", "dev", "test" })
        {
            Directory.CreateDirectory(source[split]);
            File.WriteAllLines(source[$"{split}.jsonl"], Enumerable.Range(0, 3)
                .Select(i => $$"""{"sentence":"s{{i}}","label":"true","identifier":"{{i}}-0","images":["{{split}}/{{i}}.png"]}"""));
            for (int i = 0; i < 3; i++) source.Write($"{split}/{i}.png", PngEncoder.Encode(new(new byte[400 * 100 * 3], 400, 100, 3)));
        }
        Assert.Equal(9, (await Write(source.Path, folder)).Files.Sum(f => f.Rows));

        source.Write("dev/1.png", PngEncoder.Encode(new(new byte[64 * 64 * 3], 64, 64, 3)));
        await Refuses.DataAsync("dev/1.png (columns 0 to 275): It is 64 x 64 pixels large, not 400 x 100", () => Write(source.Path, folder));
        File.Delete(source["test/2.png"]);
        DatasetManifest manifest = await Write(source.Path, folder, "skip");
        Assert.Equal((2, 7), (manifest.BadInputs, manifest.Files.Sum(f => f.Rows)));
        Assert.Contains(manifest.FirstBadInputs, b => b.Input.EndsWith("test.jsonl line 3") && b.Reason.Contains("test/2.png"));
        Directory.Delete(source["train"], recursive: true);
        await Refuses.DataAsync("lacks the folder train/", () => Write(source.Path, folder));
    }

    [Fact]
    public async Task The_set_is_read_the_same_from_a_folder_and_from_zips_in_a_zip()
    {
        using TemporaryFolder source = new(), packed = new(), plain = new(), nested = new();
        byte[] picture = PngEncoder.Encode(new(new byte[400 * 100 * 3], 400, 100, 3));
        using (ZipArchive pictures = ZipFile.Open(packed["nlvr_images.zip"], ZipArchiveMode.Create),
            whole = ZipFile.Open(packed["nlvr.zip"], ZipArchiveMode.Create))
        {
            foreach (string split in new[] { "train", "dev", "test" })
            {
                Directory.CreateDirectory(source[split]);
                File.WriteAllLines(source[$"{split}.jsonl"], Enumerable.Range(0, 2)
                    .Select(i => $$"""{"sentence":"s{{i}}","label":"true","identifier":"{{i}}-0","images":["{{split}}/0.png"]}"""));
                source.Write($"{split}/0.png", picture);
                whole.CreateEntryFromFile(source[$"{split}.jsonl"], $"{split}.jsonl");
                pictures.CreateEntryFromFile(source[$"{split}/0.png"], $"{split}/0.png");
            }
        }
        using (ZipArchive whole = ZipFile.Open(packed["nlvr.zip"], ZipArchiveMode.Update))
            whole.CreateEntryFromFile(packed["nlvr_images.zip"], "nlvr_images.zip");
        Assert.Equal((await Write(source.Path, plain)).Files, (await Write(packed["nlvr.zip"], nested)).Files);

        using (ZipArchive whole = ZipFile.Open(packed["nlvr.zip"], ZipArchiveMode.Update))
        {
            whole.GetEntry("nlvr_images.zip")!.Delete();
            whole.CreateEntryFromFile(source["dev.jsonl"], "nlvr_images.zip");
        }
        await Refuses.DataAsync("nlvr.zip/nlvr_images.zip is no whole zip", () => Write(packed["nlvr.zip"], nested));
    }

    private static int True(PairTable table) => Enumerable.Range(0, table.Count).Count(i => table[i].Label == true);

    private static IEnumerable<string> Sentences(PairTable table) => Enumerable.Range(0, table.Count).Select(i => table[i].Sentence);

    private static byte[] Read(ZipArchive zip, string name)
    {
        using Stream stream = zip.GetEntry(name)!.Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
