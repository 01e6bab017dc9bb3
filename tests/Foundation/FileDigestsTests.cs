namespace Das.Tests.Foundation;

public sealed class FileDigestsTests : FolderTest
{
    private readonly FileDigests digests = new();

    [Fact]
    public async Task A_file_is_read_once_until_it_changes()
    {
        string path = folder.Write("a", "some bytes");
        await Settle();
        for (int time = 0; time < 3; time++) Assert.Equal(Digest.Of("some bytes"), digests.Of(path, Token));
        Assert.Equal(1, digests.Read);
        File.WriteAllText(path, "other bytes");
        Assert.Equal((Digest.Of("other bytes"), 2), (digests.Of(path, Token), digests.Read));
    }

    [Fact]
    public async Task A_change_whose_time_was_put_back_is_seen()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere only length and last write are known.");
        string path = folder.Write("a", "some bytes");
        await Settle();
        string before = digests.Of(path, Token);
        FileIdentity was = FileIdentity.Of(path)!.Value;
        Flip.Bit(path, 3);
        FileIdentity now = FileIdentity.Of(path)!.Value;
        Assert.Equal((was.Inode, was.Written / 100, was.Bytes), (now.Inode, now.Written / 100, now.Bytes));
        Assert.NotEqual(before, digests.Of(path, Token));
    }

    [Fact]
    public void What_could_still_change_within_the_clocks_tick_is_not_remembered()
    {
        string path = folder.Write("a", "x");
        for (int round = 0; round < 50; round++)
        {
            digests.Of(path, Token);
            Flip.Bit(path, 0, round % 8);
            Assert.Equal(Digest.OfFile(path), digests.Of(path, Token));
        }
    }

    [Fact]
    public void An_identity_is_the_one_that_the_system_tells()
    {
        string path = folder.Write("a", "some bytes");
        FileIdentity identity = FileIdentity.Of(path)!.Value;
        Assert.Equal((10, (File.GetLastWriteTimeUtc(path) - DateTime.UnixEpoch).Ticks * 100), (identity.Bytes, identity.Written / 100 * 100));
        if (OperatingSystem.IsLinux())
        {
            File.CreateSymbolicLink(folder["link"], path);
            Assert.Equal(identity, FileIdentity.Of(folder["link"]));
            Assert.NotEqual(identity.Inode, FileIdentity.Of(folder.Write("b", "some bytes"))!.Value.Inode);
        }
        Assert.Null(FileIdentity.Of(folder["none"]));
    }

    [Fact]
    public void A_missing_file_and_a_cancelled_reading_are_told()
    {
        Assert.Throws<FileNotFoundException>(() => digests.Of(folder["none"], Token));
        Assert.Throws<OperationCanceledException>(() => digests.Of(folder.Write("a", "x"), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_seal_is_what_sha256sum_checks_and_a_damaged_one_fits_nothing()
    {
        string path = folder.Write("a", "some bytes"), sha256 = Digest.OfFile(path);
        Assert.Null(FileSeal.Read(path));
        FileSeal.Write(path, sha256);
        Assert.Equal(sha256, FileSeal.Read(path));
        Assert.Equal($"{sha256}  a\n", File.ReadAllText(path + FileSeal.Ending));
        foreach (string damaged in new[] { "", sha256[..63], "\0\0\0", new('x', 1000) })
        {
            File.WriteAllText(path + FileSeal.Ending, damaged);
            Assert.NotEqual(sha256, FileSeal.Read(path));
        }
    }

    /// <summary>Longer than a tick of any file system's clock that tests run on.</summary>
    internal static Task Settle() => Task.Delay(80, Token);
}
