namespace Das.Tests.Control;

/// <summary>The saga on a list of stages with branches, a join and a stage on demand.</summary>
public sealed class BranchTests : PipelineTest
{
    private const string Audited = """{"name":"fake","audit":{}}""";
    private static readonly string[] whole = ["prepare", "tune:a", "tune:b", "tune:c", "pick", "ship"];

    protected override PipelineStages Pipeline => CandidateStages.All;

    [Fact]
    public async Task A_stage_begins_when_every_branch_that_it_needs_has_answered()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("tune:b", (_, _) => hold.Task));
        Guid id = await process.BeginAsync();
        RunView tuning = await process.UntilAsync(id, run => Of(run, "tune:a") == StageStatus.Finished && process.Worked("tune:b") == 1);
        Assert.Equal((RunStatus.Running, "Running tune:b, tune:c", 0), (tuning.State, tuning.Standing, process.Worked("pick")));
        hold.SetResult();
        RunView run = await process.SucceedAsync(id);
        Assert.Equal(whole, run.Stages.Select(stage => stage.Stage));
        Assert.All(run.Stages, stage => Assert.Equal((StageStatus.Finished, false), (stage.State, stage.Reused)));
        await using RegistryContext rows = Rows();
        Assert.Equal(whole[1..4].Select(step => run.Artifacts[step].Uri).Order(),
            rows.Lineage.Where(edge => edge.Artifact == run.Artifacts["pick"].Uri).Select(edge => edge.Input).AsEnumerable().Order());
    }

    [Fact]
    public async Task A_stage_on_demand_runs_only_where_the_recipe_asks_for_it()
    {
        await using PipelineProcess process = await StartAsync();
        RunView plain = await process.RunAsync("plain");
        Assert.Equal((true, 0), (plain.Succeeded, process.Worked("audit")));
        RunView audited = await process.RunAsync("audited", Audited);
        Assert.True(audited.Succeeded, audited.Error);
        Assert.Equal([.. whole[..5], "audit", "ship"], audited.Stages.Select(stage => stage.Stage));
    }

    [Fact]
    public async Task A_recipe_that_cannot_be_read_fails_in_its_first_stage()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await process.RunAsync("broken", "{");
        Assert.Equal((RunStatus.Failed, "prepare"), (run.State, Assert.Single(run.Stages).Stage));
    }

    [Fact]
    public async Task A_failed_branch_fails_the_run_and_ends_the_others_and_a_retry_takes_up_what_is_open()
    {
        TaskCompletionSource failing = new(), ended = new();
        await using PipelineProcess process = await StartAsync(stages =>
        {
            stages.On("tune:b", async (_, _) =>
            {
                await failing.Task;
                throw new DasException(ErrorKind.Data, "The loss is not a number.");
            });
            stages.On("tune:c", async (_, cancellation) =>
            {
                try { await Task.Delay(Timeout.Infinite, cancellation); }
                finally { ended.TrySetResult(); }
            });
        });
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, run => Of(run, "tune:a") == StageStatus.Finished);
        failing.SetResult();
        RunView failed = await process.WaitAsync(id);
        Assert.Equal((RunStatus.Failed, "The loss is not a number."), (failed.State, failed.Error));
        Assert.Equal([StageStatus.Finished, StageStatus.Finished, StageStatus.Failed, StageStatus.Cancelled], failed.Stages.Select(stage => stage.State));
        Assert.Equal("The loss is not a number.", failed.Stages[2].Error);
        if (process.Worked("tune:c") > 0) await ended.Task.WaitAsync(TimeSpan.FromSeconds(5), Token);
        process.Stages.Behave("tune:b");
        process.Stages.Behave("tune:c");
        Assert.True(await process.Runs.RetryAsync(id));
        RunView run = await process.SucceedAsync(id);
        Assert.Equal((1, 1, 2, 1), (process.Worked("prepare"), process.Worked("tune:a"), process.Worked("tune:b"), process.Worked("pick")));
    }

    [Fact]
    public async Task Cancel_ends_all_branches_and_a_retry_takes_them_up_again()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.Hang("tune:b"));
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, _ => process.Worked("tune:b") == 1);
        Assert.True(await process.Runs.CancelAsync(id));
        RunView cancelled = await process.WaitAsync(id);
        Assert.Equal(RunStatus.Cancelled, cancelled.State);
        Assert.All(["tune:b", "tune:c"], step => Assert.Equal(StageStatus.Cancelled, Of(cancelled, step)));
        process.Stages.Behave("tune:b");
        Assert.True(await process.Runs.RetryAsync(id));
        await process.SucceedAsync(id);
        Assert.Equal((1, 2), (process.Worked("tune:a"), process.Worked("tune:b")));
    }

    [Fact]
    public async Task Duplicate_events_and_a_command_delivered_again_change_nothing()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("tune:b", (_, _) => hold.Task));
        Guid id = await process.BeginAsync();
        RunView tuning = await process.UntilAsync(id, run => Of(run, "tune:a") == StageStatus.Finished);
        ArtifactRef data = tuning.Artifacts["prepare"], model = tuning.Artifacts["tune:a"];
        for (int time = 0; time < 3; time++)
        {
            await process.Bus.Publish(new TuneCandidate(id, Fake, false, data) { Branch = "a" }, Token);
            await process.Bus.Publish(new TuneCandidate(id, Fake, false, data) { Branch = "b" }, Token);
            await process.Bus.Publish(new CandidateTuned(id, model with { Uri = "tune/other/result.json" }) { Branch = "a" }, Token);
            await process.Bus.Publish(new CandidateTuned(id, model) { Branch = "nobody's" }, Token);
            await process.Bus.Publish(new DataPrepared(id, model, ["d"]), Token);
            await process.Bus.Publish(new StageFailed(id, "tune:a", "late"), Token);
            await process.Bus.Publish(new StageFailed(id, "tune", "no step"), Token);
        }
        await Task.Delay(300, Token);
        Assert.Equal((RunStatus.Running, 0), ((await process.Runs.FindAsync(id))!.State, process.Worked("pick")));
        hold.SetResult();
        RunView run = await process.SucceedAsync(id);
        Assert.Equal((model, data), (run.Artifacts["tune:a"], run.Artifacts["prepare"]));
        Assert.All(whole, step => Assert.Equal(1, process.Worked(step)));
        await process.Bus.Publish(new CandidateTuned(id, model) { Branch = "c" }, Token);
        await process.Bus.Publish(new PickCandidate(id, Fake, false, [.. whole[1..4].Select(step => run.Artifacts[step])]), Token);
        await Task.Delay(300, Token);
        RunView after = (await process.Runs.FindAsync(id))!;
        Assert.Equal((RunStatus.Completed, run.Updated, 1), (after.State, after.Updated, process.Worked("pick")));
    }

    [Fact]
    public async Task A_restart_goes_on_with_the_open_branches()
    {
        PipelineProcess first = await StartAsync(stages => stages.Hang("tune:b"));
        Guid id = await first.BeginAsync();
        await first.UntilAsync(id, run => Of(run, "tune:a") == StageStatus.Finished && first.Worked("tune:b") == 1);
        await first.DisposeAsync();
        await using PipelineProcess second = await StartAsync();
        RunView run = await second.SucceedAsync(id);
        Assert.Equal((0, 0, 1, 1), (second.Worked("prepare"), second.Worked("tune:a"), second.Worked("tune:b"), second.Worked("tune:c")));
    }

    [Fact]
    public void A_list_whose_order_cannot_be_is_refused()
    {
        PipelineStage tune = CandidateStages.All.Find("tune:a")!, prepare = CandidateStages.All.Find("prepare")!;
        Assert.Contains("'tune' needs 'prepare'", Assert.Throws<ArgumentException>(() => new PipelineStages(tune, prepare)).Message);
        Assert.Contains("'prepare'", Assert.Throws<ArgumentException>(() => new PipelineStages(prepare, prepare)).Message);
    }

    private static StageStatus? Of(RunView run, string step) => run.Stages.SingleOrDefault(stage => stage.Stage == step)?.State;
}
