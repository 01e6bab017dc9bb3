using Microsoft.EntityFrameworkCore;

namespace Das.Tests.Control;

public sealed class RunOwnershipTests : PipelineTest
{
    [Fact]
    public async Task A_run_that_could_not_be_written_down_is_nobodys()
    {
        await using PipelineProcess process = await StartAsync();
        RunOwnership ownership = process.Services.GetRequiredService<RunOwnership>();
        RunView ended = await process.RunAsync();
        while (ownership.Mine.Count > 0) await Task.Delay(20, Token);
        await Assert.ThrowsAsync<DbUpdateException>(() => process.Runs.StartAsync(Fake, "again", fresh: false, runId: ended.Id));
        Assert.Empty(ownership.Mine);
    }

    [Fact]
    public void A_run_whose_lock_file_cannot_be_removed_is_let_go_all_the_same()
    {
        DasHome home = new(Home.Path);
        using RunOwnership mine = new(home, new()), theirs = new(home, new());
        Guid run = Guid.NewGuid();
        Assert.True(mine.TryTake(run));
        Assert.False(theirs.TryTake(run));
        Directory.Move(home.Runs, home.Runs + "-gone");
        Assert.Throws<DirectoryNotFoundException>(() => mine.Release(run));
        Directory.Move(home.Runs + "-gone", home.Runs);
        Assert.True(theirs.TryTake(run));
    }

    [Fact]
    public async Task A_lock_whose_file_its_owners_remove_is_never_held_twice()
    {
        string path = Home["contested"];
        int held = 0, most = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 3000; i++)
            {
                if (FileLock.TryTake(path) is not { } mine) continue;
                int now = Interlocked.Increment(ref held);
                if (now > most) most = now;
                Thread.Yield();
                Interlocked.Decrement(ref held);
                File.Delete(path);
                mine.Dispose();
            }
        })));
        Assert.Equal(1, most);
    }
}
