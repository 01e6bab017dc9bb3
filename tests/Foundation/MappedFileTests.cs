namespace Das.Tests.Foundation;

public sealed class MappedFileTests : FolderTest
{
    private string Path => folder["data"];

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(3, 2)]
    [InlineData(5, 0)]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MaxValue, 1)]
    public void What_is_not_in_the_file_is_refused_by_its_name(long offset, long count)
    {
        File.WriteAllBytes(Path, [1, 2, 3, 4]);
        using MappedFile file = MappedFile.Open(Path);
        Refuses.Data(Path, () => _ = file.Span(offset, count).Length);
        Refuses.Data(() => file.Memory(offset, count));
    }

    [Fact]
    public void An_empty_file_has_no_bytes()
    {
        File.WriteAllBytes(Path, []);
        using MappedFile file = MappedFile.Open(Path);
        Assert.Equal(0, file.Length);
        Assert.True(file.Span(0, 0).IsEmpty);
        Refuses.Data(() => file.Read<byte>(0));
    }

    [Fact]
    public void Memory_that_was_kept_is_not_read_after_disposal()
    {
        File.WriteAllBytes(Path, [1, 2, 3, 4]);
        MappedFile file = MappedFile.Open(Path);
        ReadOnlyMemory<byte> kept = file.Memory(1, 2);
        Assert.Equal([2, 3], kept.ToArray());
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => kept.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => file.Read<byte>(0));
    }

    [Fact]
    public void A_file_that_is_not_there_is_not_found() => Assert.Throws<FileNotFoundException>(() => MappedFile.Open(Path));
}
