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
    public void Files_written_at_the_same_time_do_not_disturb_each_other_and_the_last_to_be_completed_stays()
    {
        string path = folder["state"];
        using (AtomicFile abandoned = new(path), one = new(path), other = new(path))
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

    [Fact]
    public void What_killed_writers_left_a_day_ago_is_removed_by_the_next_writer_and_nothing_else_is()
    {
        string Left(string name, double hours)
        {
            File.WriteAllText(folder[name], "left");
            File.SetLastWriteTimeUtc(folder[name], DateTime.UtcNow - TimeSpan.FromHours(hours));
            return folder[name];
        }
        string old = Left($"other.{Guid.NewGuid():N}.tmp", 25), young = Left($"other.{Guid.NewGuid():N}.tmp", 1), theirs = Left("notes.tmp", 25);
        string written = Left($"large.{Guid.NewGuid():N}.tmp", 25);
        using (FileStream writer = new(written, FileMode.Open, FileAccess.Write, FileShare.None)) AtomicFile.Write(folder["state"], "new"u8);
        Assert.False(File.Exists(old));
        Assert.Equal(new[] { young, theirs, written, folder["state"] }.Order(), Directory.GetFiles(folder.Path).Order());
    }

    [Fact]
    public void What_writers_left_behind_the_right_to_write_is_removed_at_once_and_they_cannot_complete_it()
    {
        bool lost = false;
        AtomicFile.Fence.Value = () => { if (lost) throw new InvalidOperationException("lost"); };
        using AtomicFile file = new(folder["deep/state"]);
        AtomicFile.RemoveLeftovers(folder.Path);
        Assert.Throws<FileNotFoundException>(file.Complete);
        using AtomicFile second = new(folder["deep/state"]);
        lost = true;
        Assert.Throws<InvalidOperationException>(second.Complete);
        Assert.Throws<InvalidOperationException>(() => new AtomicFile(folder["deep/state"]));
        AtomicFile.Fence.Value = null;
        Assert.False(File.Exists(folder["deep/state"]));
    }
}
