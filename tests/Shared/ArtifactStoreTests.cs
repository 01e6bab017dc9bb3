namespace Das.Tests.Shared;

public sealed class ArtifactStoreTests : FolderTest
{
    private readonly ArtifactStore _store;

    public ArtifactStoreTests() => _store = new(folder.Path);

    [Theory]
    [InlineData("../outside")]
    [InlineData("search/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("search//result.json")]
    [InlineData("search/./result.json")]
    [InlineData("search\\..\\..\\outside")]
    [InlineData("C:/outside")]
    [InlineData("")]
    public void A_reference_that_leaves_the_store_is_refused(string uri) =>
        Assert.Contains("inside the artifact store", Assert.Throws<DasException>(() => _store.PathOf(new(uri, "", 0))).Message);

    [Fact]
    public void A_changed_result_is_refused()
    {
        ArtifactRef artifact = Save(new() { ["skipModule"] = new JsonArray(3, 7) });
        Assert.Equal([3, 7], _store.ReadResult(artifact).Fact<int[]>("skipModule"));
        File.AppendAllText(_store.PathOf(artifact), " ");
        Assert.Contains("has changed", Assert.Throws<DamagedArtifact>(() => _store.ReadResult(artifact)).Message);
    }

    [Fact]
    public void The_same_result_has_the_same_bytes() => Assert.Equal(
        new StageResult("search", "k", [], new() { ["a"] = 1, ["b"] = 2.0 }).ToBytes(),
        StageResult.Parse(new StageResult("search", "k", [], new() { ["b"] = 2, ["a"] = 1L }).ToBytes()).ToBytes());

    private ArtifactRef Save(JsonObject facts)
    {
        byte[] json = new StageResult("search", "k", [], facts).ToBytes();
        AtomicFile.Write(Path.Combine(_store.FolderOf("search", "k"), ResultFiles.Stage), json);
        return ArtifactStore.Reference("search", "k", ResultFiles.Stage, Digest.Of(json), json.Length);
    }
}
