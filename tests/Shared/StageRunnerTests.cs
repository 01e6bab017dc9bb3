namespace Das.Tests.Shared;

public sealed class StageRunnerTests : FolderTest
{
    private readonly List<StageProgressed> _progress = [];
    private readonly ArtifactStore _store;
    private int _computed;

    public StageRunnerTests() => _store = new(folder.Path);

    [Fact]
    public async Task A_repeated_command_does_not_compute_twice()
    {
        StageRequest request = Request();
        StageFinished first = await Runner().RunAsync(request, Work, Token), second = await Runner().RunAsync(Request(), Work, Token);
        Assert.Equal((1, false, true), (_computed, first.Reused, second.Reused));
        Assert.Equal((request.RunId, first.Artifact, request.RunId), (first.MadeFor!.Value, second.Artifact, second.MadeFor!.Value));
        Assert.Equal(first.Result.File("weights.bin"), second.Result.File("weights.bin"));
        Assert.Equal(42, _store.ReadResult(first.Artifact).Fact<int>("answer"));
    }

    [Fact]
    public async Task Two_runs_at_once_compute_once()
    {
        StageFinished[] both = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Runner().RunAsync(Request(), Work, Token)));
        Assert.Equal(1, _computed);
        Assert.Single(both, finished => !finished.Reused);
        Assert.Single(both.Select(finished => finished.Artifact).Distinct());
    }

    [Fact]
    public async Task What_a_dead_owner_left_is_resumed()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Runner().RunAsync(Request(), (workspace, _) =>
        {
            File.WriteAllText(workspace.File("step"), "7");
            throw new InvalidOperationException("killed");
        }, Token));
        string resumedAt = "";
        await Runner().RunAsync(Request(), (workspace, cancellation) =>
        {
            resumedAt = File.ReadAllText(workspace.File("step"));
            return Work(workspace, cancellation);
        }, Token);
        Assert.Equal("7", resumedAt);
    }

    [Fact]
    public async Task A_result_that_lost_a_file_is_computed_again()
    {
        StageFinished first = await Runner().RunAsync(Request(), Work, Token);
        File.Delete(_store.PathOf(first.Result.File("weights.bin")));
        StageFinished second = await Runner().RunAsync(Request(), Work, Token);
        Assert.Equal((2, false), (_computed, second.Reused));
        Assert.Equal(first.Artifact, second.Artifact);
    }

    [Fact]
    public async Task A_fresh_run_computes_anew_and_only_once()
    {
        StageFinished shared = await Runner().RunAsync(Request(), Work, Token);
        StageRequest fresh = Request() with { Fresh = true };
        StageFinished anew = await Runner().RunAsync(fresh, Work, Token), again = await Runner().RunAsync(fresh, Work, Token);
        Assert.Equal((2, false, true), (_computed, anew.Reused, again.Reused));
        Assert.NotEqual(shared.Artifact.Uri, anew.Artifact.Uri);
    }

    [Fact]
    public async Task Waiting_for_another_owner_can_be_cancelled()
    {
        Directory.CreateDirectory(_store.FolderOf("search", Request().Key));
        using FileLock other = FileLock.TryTake(Path.Combine(_store.FolderOf("search", Request().Key), ".lock"))!;
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Runner().RunAsync(Request(), Work, soon.Token));
        Assert.Equal(0, _computed);
    }

    [Fact]
    public async Task The_lock_of_a_killed_process_is_free()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock(1) is not installed.");
        string path = folder["owned"];
        using Process owner = Process.Start("/usr/bin/flock", ["--exclusive", path, "sleep", "60"]);
        while (!File.Exists(path) || FileLock.TryTake(path) is { } mine && Release(mine)) await Task.Delay(20, Token);
        Assert.Null(FileLock.TryTake(path));
        owner.Kill(entireProcessTree: true);
        using FileLock taken = await FileLock.TakeAsync(path, TimeSpan.FromMilliseconds(20), Token);
    }

    [Fact]
    public async Task Progress_leaves_at_most_once_a_second()
    {
        await Runner().RunAsync(Request(), async (workspace, cancellation) =>
        {
            for (int step = 0; step < 120; step++)
            {
                workspace.Report(step, 120, $"step {step}");
                await Task.Delay(10, cancellation);
            }
            return await Work(workspace, cancellation);
        }, Token);
        Assert.InRange(_progress.Count, 2, 3);
        Assert.Equal("starting", _progress[0].Note);
    }

    [Fact]
    public async Task A_full_disk_is_told_in_a_sentence()
    {
        DasException full = await Assert.ThrowsAsync<DasException>(() =>
            Runner().RunAsync(Request(), (_, _) => throw new IOException("No space left on device", 28), Token));
        Assert.Contains("is full", full.Message);
    }

    [Fact]
    public async Task A_file_that_was_named_but_not_written_is_told_in_a_sentence()
    {
        DasException missing = await Assert.ThrowsAsync<DasException>(() =>
            Runner().RunAsync(Request(), (_, _) => Task.FromResult(new StageOutcome(["nothing"], [])), Token));
        Assert.Contains("'nothing'", missing.Message);
    }

    private static bool Release(FileLock taken)
    {
        taken.Dispose();
        return true;
    }

    private StageRunner Runner() => new(_store, (progress, _) =>
    {
        lock (_progress) _progress.Add(progress);
        return Task.CompletedTask;
    });

    private static StageRequest Request() => new(Guid.NewGuid(), "search", 1, new JsonObject { ["skip"] = 1 }, ["00ff"], Fresh: false);

    private async Task<StageOutcome> Work(StageWorkspace workspace, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _computed);
        await File.WriteAllTextAsync(workspace.File("weights.bin"), "weights", cancellation);
        await Task.Delay(50, cancellation);
        return new(["weights.bin"], new() { ["answer"] = 42 });
    }
}
