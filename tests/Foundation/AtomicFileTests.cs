namespace Das.Tests.Foundation;

public sealed class AtomicFileTests : FolderTest
{
    [Fact]
    public void A_file_that_fails_while_it_is_written_leaves_the_old_one_and_nothing_else()
    {
        string path = folder["state"];
        AtomicFile.Write(path, "old"u8);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the new"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        AtomicFile.Write(path, "new"u8);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_second_writer_at_the_same_time_is_refused_and_leaves_the_first_alone()
    {
        string path = folder["state"];
        AtomicFile.Write(path, stream =>
        {
            Assert.Throws<IOException>(() => AtomicFile.Write(path, "second"u8));
            stream.Write("first"u8);
        });
        Assert.Equal("first", File.ReadAllText(path));
    }

    [Fact]
    public void Files_written_apart_do_not_disturb_each_other_and_the_last_to_be_completed_stays()
    {
        string path = folder["state"];
        using (AtomicFile abandoned = new(path, several: true), one = new(path, several: true), other = new(path, several: true))
        {
            abandoned.Content.Write("nothing"u8);
            one.Content.Write("one"u8);
            other.Content.Write("other"u8);
            other.Complete();
            one.Complete();
        }
        Assert.Equal("one", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }
}
