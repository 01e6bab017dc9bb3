namespace Das.Tests.Ingest;

public sealed class EasyVqaTests
{
    private static string Zip => Repository.DataOf("easy_vqa", "easy_vqa.zip");

    [Fact]
    public async Task The_published_set_is_ingested_whole_from_zip_and_folder_alike()
    {
        using TemporaryFolder unpacked = new(), fromZip = new(), fromFolder = new();
        ZipFile.ExtractToDirectory(Zip, unpacked.Path);
        DatasetManifest manifest = await Write(Zip, fromZip), again = await Write(unpacked.Path, fromFolder);
        Assert.Equal(manifest.Files, again.Files);

        Assert.Equal([3600, 400, 1000], manifest.Files.Select(f => (int)f.Rows));
        Assert.Equal(38_575, manifest.Files.Take(2).Sum(f => f.Questions));
        Assert.Equal(9_673, manifest.Files[2].Questions);
        Assert.Equal(["circle", "green", "red", "gray", "yes", "teal", "black", "rectangle", "yellow", "triangle", "brown", "blue", "no"], manifest.Answers);
        Assert.Equal(0, manifest.BadInputs);

        using VqaTable train = TaskKinds.Vqa.Open(manifest, "train"), test = TaskKinds.Vqa.Open(manifest, "test");
        Assert.Equal(("what is the blue shape?", "rectangle", "0"), (train[0].Question, train[0].Answers[0], train[0].ImageId));
        Assert.Equal((64, 64), (ImageDecoder.DecodeRgb(test[^1].Image.Span).Width, ImageDecoder.DecodeRgb(test[^1].Image.Span).Height));
        var majority = train.Majority();
        Assert.Equal("yes", manifest.Answers[majority.Answer]);
        Assert.Equal(3_611 / 9_673.0, test.Always(majority.Answer).Mean, 9);
    }

    private static Task<DatasetManifest> Write(string source, TemporaryFolder folder) => Ingested.Write("easy-vqa", source, folder);
}
