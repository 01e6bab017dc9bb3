namespace Das.Tests.Foundation;

public sealed class BoundedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "data");

    public void Dispose() => _folder.Dispose();

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
        using BoundedFile file = BoundedFile.Open(Path);
        Assert.Contains(Path, Refuses.Data(() => file.Bytes(offset, count)).Message);
        Refuses.Data(() => file.Memory(offset, count));
    }

    [Fact]
    public void An_empty_file_has_no_bytes()
    {
        File.WriteAllBytes(Path, []);
        using BoundedFile file = BoundedFile.Open(Path);
        Assert.Equal(0, file.Length);
        Assert.Empty(file.Bytes(0, 0));
        Refuses.Data(() => file.Read<byte>(0));
    }

    [Fact]
    public void Values_are_the_same_within_a_page_across_two_and_at_the_end()
    {
        byte[] bytes = new byte[3 * 4096 + 5];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(Path, bytes);
        using BoundedFile file = BoundedFile.Open(Path);
        foreach (int at in (int[])[0, 4, 4088, 4089, 4095, 8190, bytes.Length - 8])
            Assert.Equal(BitConverter.ToInt64(bytes, at), file.Read<long>(at));
        Refuses.Data(() => file.Read<long>(bytes.Length - 7));
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_open_is_an_error_and_not_the_end_of_the_process()
    {
        File.WriteAllBytes(Path, new byte[1 << 20]);
        using BoundedFile file = BoundedFile.Open(Path);
        using (FileStream other = new(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) other.SetLength(100);
        Assert.Contains("became shorter while it was read", Refuses.Data(() => file.Read<long>(5000)).Message);
        Assert.Contains(Path, Refuses.Data(() => file.Bytes(0, 1 << 20)).Message);
    }

    [Fact]
    public void Nothing_is_read_after_disposal()
    {
        File.WriteAllBytes(Path, [1, 2, 3, 4]);
        BoundedFile file = BoundedFile.Open(Path);
        (ReadOnlyMemory<byte> kept, ReadOnlyMemory<byte> looked) = (file.Memory(1, 2), file.Memory(2, 2));
        Assert.Equal([3, 4], looked.ToArray());
        file.Dispose();
        file.Dispose();
        Assert.Equal([3, 4], looked.ToArray());
        Assert.Throws<ObjectDisposedException>(() => kept.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => file.Read<byte>(0));
    }

    [Fact]
    public void A_file_that_is_not_there_is_not_found() => Assert.Throws<FileNotFoundException>(() => BoundedFile.Open(Path));
}
