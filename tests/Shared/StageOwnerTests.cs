namespace Das.Tests.Shared;

/// <summary>Who may write for a key where several processes claim it, and how often a process may be lost to it.</summary>
public sealed class StageOwnerTests : FolderTest
{
    private static readonly StageSettings Soon = new() { Silence = TimeSpan.FromMilliseconds(600), Deliveries = 3 };
    private readonly ArtifactStore store;
    private readonly List<string> notes = [];

    public StageOwnerTests() => store = new(folder.Path);

    private string Work => folder[$"search/{Request().Key}"];
    private string Owner => Path.Combine(Work, ".owner");
    private string Begun => Path.Combine(Work, ".begun");

    [Fact]
    public async Task An_owner_whose_work_another_took_over_writes_nothing_and_answers_with_the_others_result()
    {
        int works = 0;
        TaskCompletionSource begun = new(), taken = new();
        Task<StageFinished> first = Runner().RunAsync(Request(), async (workspace, _) =>
        {
            Interlocked.Increment(ref works);
            begun.SetResult();
            await taken.Task;
            foreach (string name in new[] { "state", "weights.bin" })
                Assert.Throws<OwnershipLost>(() => AtomicFile.Write(workspace.File(name), "of the first"u8));
            Assert.Throws<OwnershipLost>(() => workspace.Log("of the first"));
            return new(["weights.bin"], []);
        }, Token);
        await begun.Task;
        File.Delete(Path.Combine(Work, ".lock"));
        File.WriteAllText(Owner, $"{Environment.MachineName} 1 of-another");
        StageFinished second = await Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "of the second"), Token);
        taken.SetResult();
        StageFinished answer = await first;
        Assert.Equal((1, true, second.Artifact), (works, answer.Reused, answer.Artifact));
        Assert.Equal("of the second", File.ReadAllText(Path.Combine(Work, "weights.bin")));
        Assert.DoesNotContain(Directory.GetFiles(Work), file => file.EndsWith(".tmp"));
        Assert.DoesNotContain("of the first", File.ReadAllText(Path.Combine(Work, StageWorkspace.LogName)));
    }

    [Fact]
    public async Task An_owner_learns_at_its_next_heartbeat_that_its_work_was_taken_over()
    {
        List<Exception> ends = [];
        bool again = false;
        StageFinished answer = await Runner().RunAsync(Request(), async (workspace, cancellation) =>
        {
            if (again) return await WriteAsync(workspace, "anew");
            again = true;
            File.WriteAllText(Owner, "elsewhere 1 of-another");
            try { await Task.Delay(Timeout.Infinite, cancellation); }
            catch (OperationCanceledException stopped)
            {
                ends.Add(stopped);
                throw;
            }
            return new([], []);
        }, Token);
        Assert.Single(ends);
        Assert.False(answer.Reused); // the other owner never beat again, so that this one took the work back
    }

    [Fact]
    public async Task A_file_completed_by_a_former_owner_between_its_check_and_the_end_is_not_there()
    {
        await Runner().RunAsync(Request() with { Fresh = true }, (workspace, _) => WriteAsync(workspace, "any"), Token);
        using AtomicFile late = new(Path.Combine(Work, "state"));
        late.Content.Write("of the former owner"u8);
        await Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "new"), Token);
        Assert.Throws<FileNotFoundException>(late.Complete);
        Assert.False(File.Exists(Path.Combine(Work, "state")));
    }

    [Fact]
    public async Task The_work_of_a_stopped_process_that_holds_the_lock_is_taken_over()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "flock(1) is not installed.");
        string path = Path.Combine(Directory.CreateDirectory(Work).FullName, ".lock");
        using Process stopped = Process.Start("/usr/bin/flock", ["--exclusive", path, "sleep", "60"]);
        while (!File.Exists(path) || FileLock.TryTake(path) is { } mine && Release(mine)) await Task.Delay(20, Token);
        using Process stop = Process.Start("/bin/kill", ["-STOP", stopped.Id.ToString()]);
        await stop.WaitForExitAsync(Token);
        File.WriteAllText(Owner, $"{Environment.MachineName} {stopped.Id} of-the-stopped");
        StageFinished answer = await Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "new"), Token);
        Assert.False(answer.Reused);
        Assert.Contains($"waiting for {Environment.MachineName} (process {stopped.Id})", notes);
        stopped.Kill(entireProcessTree: true);
    }

    [Fact]
    public async Task A_foreign_owner_is_waited_for_as_long_as_its_heart_beats_whatever_its_clock_says()
    {
        Directory.CreateDirectory(Work);
        File.WriteAllText(Owner, "elsewhere 1 of-another");
        Task<StageFinished> waiting = Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "new"), Token);
        for (int beat = 0; beat < 12; beat++)
        {
            File.SetLastWriteTimeUtc(Owner, DateTime.UnixEpoch.AddDays(beat)); // a clock decades behind
            await Task.Delay(100, Token);
            Assert.False(waiting.IsCompleted);
        }
        Assert.False((await waiting).Reused);
    }

    [Fact]
    public async Task A_stage_that_ends_its_process_again_and_again_fails_with_a_sentence_until_a_person_asks_again()
    {
        Guid run = Guid.NewGuid();
        for (int times = 1; times <= 3; times++) Assert.Equal(times, await LostAsync(Request() with { RunId = run }));
        Assert.Contains("starting, for the 3rd time", notes);
        DasException refused = await Assert.ThrowsAsync<DasException>(() => Runner().RunAsync(Request() with { RunId = run }, NoWorkAsync, Token));
        Assert.Contains($"Work on search/{Request().Key[..12]}… ended its process 3 times in a row, the last time on host {Environment.MachineName}",
            refused.Message);
        await Assert.ThrowsAsync<DasException>(() => Runner().RunAsync(Request(), NoWorkAsync, Token)); // of another run, which asks for it the first time
        Assert.Equal(1, await LostAsync(Request() with { RunId = run, Attempt = 1 }));
    }

    [Fact]
    public async Task Lost_processes_that_kept_something_new_are_counted_and_allowed()
    {
        for (int times = 1; times <= 6; times++)
        {
            Assert.Equal(times, await LostAsync(Request()));
            File.AppendAllText(Path.Combine(Work, "state"), "more");
        }
        StageFinished done = await Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "done"), Token);
        StageMaking making = StageMaking.Find(store, done.Artifact)!;
        Assert.Equal((7, 7, 1, StageMaking.ThisBuild), (done.Deliveries, making.Deliveries, making.Version, making.Build));
        Assert.Contains(", begun 7 times", making.Words);
        Assert.False(File.Exists(Begun));
    }

    [Fact]
    public async Task A_failure_and_a_cancellation_are_ends_and_no_lost_processes()
    {
        for (int i = 0; i < 4; i++)
        {
            await Assert.ThrowsAsync<DasException>(() => Runner().RunAsync(Request(), (_, _) => throw new DasException(ErrorKind.Data, "No."), Token));
            using CancellationTokenSource cancel = new();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Runner().RunAsync(Request(), (_, cancellation) =>
            {
                cancel.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return Task.FromResult(new StageOutcome([], []));
            }, cancel.Token));
        }
        Assert.Equal(1, (await Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "done"), Token)).Deliveries);
    }

    [Theory]
    [InlineData("SILENCE", "soon")]
    [InlineData("DELIVERIES", "0")]
    public void A_value_that_is_no_number_is_refused_by_the_name_of_its_variable(string name, string value)
    {
        Environment.SetEnvironmentVariable("DAS_STAGES__" + name, value);
        try { Refuses.Machine("DAS_STAGES__" + name, () => StageSettings.FromEnvironment()); }
        finally { Environment.SetEnvironmentVariable("DAS_STAGES__" + name, null); }
        Assert.Equal(new StageSettings(), StageSettings.FromEnvironment());
    }

    [Fact]
    public async Task How_a_result_was_made_is_no_part_of_it()
    {
        StageFinished done = await Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "done"), Token);
        string made = Path.Combine(Work, ResultFiles.Making);
        Assert.DoesNotContain(ResultFiles.Making, File.ReadAllText(Path.Combine(Work, ResultFiles.Stage)));
        File.WriteAllText(made, "half of");
        Assert.Null(StageMaking.Find(store, done.Artifact));
        File.Delete(made);
        Assert.Null(StageMaking.Find(store, done.Artifact));
        Assert.True((await Runner().RunAsync(Request(), (workspace, _) => WriteAsync(workspace, "done"), Token)).Reused);
    }

    /// <summary>Works as a process does that is killed: <c>.begun</c> stays as it was while it worked.</summary>
    /// <returns>Which time it was.</returns>
    private async Task<int> LostAsync(StageRequest request)
    {
        byte[] begun = [];
        int times = 0;
        await Assert.ThrowsAsync<TimeoutException>(async () => await Runner().RunAsync(request, (workspace, _) =>
        {
            begun = File.ReadAllBytes(Begun);
            times = workspace.Deliveries;
            throw new TimeoutException();
        }, Token));
        File.WriteAllBytes(Begun, begun);
        return times;
    }

    private static Task<StageOutcome> NoWorkAsync(StageWorkspace workspace, CancellationToken cancellation) => throw new UnreachableException();

    private static bool Release(FileLock taken)
    {
        taken.Dispose();
        return true;
    }

    private StageRunner Runner() => new(store, (progress, _) =>
    {
        lock (notes) notes.Add(progress.Note);
        return Task.CompletedTask;
    }, Soon);

    private static StageRequest Request() => new(Guid.NewGuid(), "search", 1, new JsonObject { ["skip"] = 1 }, ["00ff"], Fresh: false);

    private static Task<StageOutcome> WriteAsync(StageWorkspace workspace, string weights)
    {
        AtomicFile.Write(workspace.File("weights.bin"), Encoding.UTF8.GetBytes(weights));
        return Task.FromResult(new StageOutcome(["weights.bin"], []));
    }
}
