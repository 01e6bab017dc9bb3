namespace Das.Tests.Hostile;

/// <summary>Raw files and ingested folders whose texts name files.</summary>
public sealed class SourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Source => folder["source"];

    public SourceTests()
    {
        Directory.CreateDirectory(Path.Combine(Source, "images"));
        File.WriteAllText(Path.Combine(Source, "images", "a.png"), "a");
        Directory.CreateDirectory(folder["outside"]);
        folder.Write("outside/secret.png", [1]);
        File.CreateSymbolicLink(Path.Combine(Source, "images", "out.png"), folder["outside/secret.png"]);
        File.CreateSymbolicLink(Path.Combine(Source, "images", "relative.png"), "../../outside/secret.png");
        Directory.CreateSymbolicLink(Path.Combine(Source, "elsewhere"), folder["outside"]);
        Directory.CreateSymbolicLink(Path.Combine(Source, "again"), Path.Combine(Source, "images"));
        File.CreateSymbolicLink(Path.Combine(Source, "circle"), Path.Combine(Source, "circle"));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("../outside/secret.png")]
    [InlineData("images/../../outside/secret.png")]
    [InlineData("images/../images/a.png")]
    [InlineData("/etc/passwd")]
    [InlineData("images/out.png")]
    [InlineData("images/relative.png")]
    [InlineData("elsewhere/secret.png")]
    [InlineData("again/out.png")]
    [InlineData("circle")]
    [InlineData("circle/a.png")]
    [InlineData("images\0/a.png")]
    public void A_name_that_leads_out_of_the_source_is_refused(string file)
    {
        using RawSource source = RawSource.At(Source, "vqav2");
        Assert.False(source.Has(file));
        Assert.Contains("leads out of the source", Refuses.Data(() => source.Read(file)).Message);
        Assert.Contains("leads out of the source", Refuses.Data(() => source.Open(file)).Message);
        Assert.Contains("leads out of the source", Refuses.Data(() => source.Names(file)).Message);
    }

    [Theory]
    [InlineData("source", "images/a.png")]
    [InlineData("source", "again/a.png")]
    [InlineData("link", "images/a.png")]
    public void A_link_within_the_source_and_one_to_it_are_followed(string at, string file)
    {
        Directory.CreateSymbolicLink(folder["link"], Source);
        using RawSource source = RawSource.At(folder[at], "vqav2");
        Assert.True(source.Has(file));
        Assert.Equal("a"u8, source.Read(file));
    }

    [Fact]
    public void An_entry_of_a_zip_that_is_missing_damaged_or_claims_too_much_is_named()
    {
        using (ZipArchive zip = ZipFile.Open(folder["x.zip"], ZipArchiveMode.Create))
        {
            using Stream entry = zip.CreateEntry("a.json").Open();
            entry.Write(new byte[5000]);
        }
        byte[] bytes = File.ReadAllBytes(folder["x.zip"]);
        folder.Write("damaged.zip", [.. bytes[..40], 0xff, 0xff, 0xff, .. bytes[43..]]);
        int central = bytes.AsSpan().LastIndexOf("PK\x01\x02"u8);
        byte[] claims = [.. bytes];
        BitConverter.GetBytes(200_000_000).CopyTo(claims, central + 24);
        folder.Write("claims.zip", claims);
        using RawSource whole = RawSource.At(folder["x.zip"], "vqav2"), damaged = RawSource.At(folder["damaged.zip"], "vqav2"),
            greedy = RawSource.At(folder["claims.zip"], "vqav2");
        Assert.Contains("lacks b.json", Refuses.Data(() => whole.Read("b.json")).Message);
        Assert.Contains("a.json is damaged", Refuses.Data(() => damaged.Read("a.json")).Message);
        Assert.Contains("claims 200000000 bytes", Refuses.Data(() => greedy.Read("a.json")).Message);
    }

    [Theory]
    [InlineData("\"vqa.arrow\"", "\"other.arrow\"", "its split 'train' names a table that is not among its files (vqa.arrow)")]
    [InlineData("[\n      \"vqa.arrow\"\n    ]", "null", "its split 'train' names a table that is not among its files")]
    [InlineData("\"vqa.arrow\"", "null", "its split 'train' names a table that is not among its files")]
    [InlineData("\"name\": \"vqa.arrow\"", "\"name\": \"../vqa.arrow\"", "names a table that is not among its files")]
    [InlineData("\"task\": \"vqa\"", "\"task\": 5", "is damaged")]
    public void A_manifest_ties_its_splits_to_its_files(string instead, string of, string sentence)
    {
        string dataset = Directory.CreateDirectory(folder["dataset"]).FullName;
        using (TableWriter writer = new(Path.Combine(dataset, "vqa.arrow"), TaskKinds.Vqa))
        {
            writer.Add(new(new VqaRow(1, "train", [new(1, "What?", ["a"], [0], [1.0])]), new byte[] { 1 }));
            writer.Complete();
        }
        new DatasetManifest
        {
            Benchmark = "x", Version = 1, Task = TaskKinds.Vqa, Splits = new() { ["train"] = ["vqa.arrow"] },
            Files = [DatasetManifest.Describe(dataset, "vqa.arrow", 1, 1)], AnswersFile = DatasetManifest.WriteAnswers(dataset, ["a"]), BadInputs = 0,
            FirstBadInputs = [],
        }.Write(dataset);
        Assert.Equal(["a"], DatasetManifest.Load(dataset).Answers);
        string manifest = Path.Combine(dataset, DatasetManifest.FileName), text = File.ReadAllText(manifest);
        Assert.Contains(instead, text);
        int at = text.IndexOf(instead, StringComparison.Ordinal); // splits stand before files
        File.WriteAllText(manifest, text[..at] + of + text[(at + instead.Length)..]);
        Assert.Contains(sentence, Refuses.Data(() => DatasetManifest.Load(dataset)).Message);
    }
}
