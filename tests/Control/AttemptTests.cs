using MassTransit;

namespace Das.Tests.Control;

/// <summary>What is late, of another build or no longer what it was.</summary>
public sealed class AttemptTests : PipelineTest
{
    [Fact]
    public async Task A_failure_and_a_cancellation_of_an_earlier_attempt_change_nothing()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (_, _) => throw new DasException(ErrorKind.Data, "No rows.")));
        Guid id = await process.BeginAsync();
        Assert.Equal(RunStatus.Failed, (await process.WaitAsync(id)).State);
        TaskCompletionSource hold = new();
        process.Stages.On("search", (_, cancellation) => hold.Task.WaitAsync(cancellation));
        Assert.True(await process.Runs.RetryAsync(id));
        await process.UntilAsync(id, run => run.Standing == "Running search" && process.Worked("search") == 2);
        await process.Bus.Publish(new StageFailed(id, "search", "late", Attempt: 1), Token);
        await process.Bus.Publish(new CancelRun(id, Attempt: 1), Token);
        await process.Bus.Publish(new ArtifactDamaged(id, "search", (await process.Runs.FindAsync(id))!.Artifacts["ingest"], "late", Attempt: 1), Token);
        await Task.Delay(300, Token);
        Assert.Equal("Running search", (await process.Runs.FindAsync(id))!.Standing);
        hold.SetResult();
        await process.SucceedAsync(id);
        Assert.Equal((1, 2), (process.Worked("ingest"), process.Worked("search")));
    }

    [Fact]
    public async Task A_retry_of_an_attempt_that_another_has_followed_changes_nothing()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("ingest", (_, _) => throw new DasException(ErrorKind.Data, "No rows.")));
        Guid id = await process.BeginAsync();
        await process.WaitAsync(id);
        await process.Runs.RetryAsync(id);
        await process.UntilAsync(id, run => run.Ended && process.Worked("ingest") == 2);
        await process.Bus.Publish(new RetryRun(id, Attempt: 1), Token);
        await Task.Delay(300, Token);
        Assert.Equal((RunStatus.Failed, 2), ((await process.Runs.FindAsync(id))!.State, process.Worked("ingest")));
    }

    [Fact]
    public async Task A_cancellation_without_an_attempt_ends_the_present_one_on_every_worker()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.Hang("search"));
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, _ => process.Worked("search") == 1);
        await process.Bus.Publish(new CancelRun(id), Token);
        Assert.Equal(RunStatus.Cancelled, (await process.WaitAsync(id)).State);
    }

    [Fact]
    public async Task A_worker_of_another_build_refuses_with_a_sentence()
    {
        await using PipelineProcess process = await StartAsync();
        Guid refused = Guid.NewGuid();
        TaskCompletionSource<StageFailed> answer = new();
        await process.Bus.ConnectReceiveEndpoint("overhears", endpoint => endpoint.Handler<StageFailed>(context =>
        {
            if (context.Message.RunId == refused) answer.TrySetResult(context.Message);
            return Task.CompletedTask;
        })).Ready;
        await process.Bus.Publish(new IngestDataset(refused, Fake, false) { StageVersion = 99, Attempt = 4 }, Token);
        StageFailed failed = await answer.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.Equal(4, failed.Attempt);
        Assert.Contains("in version 3, and the run asks for version 99", failed.Error);
    }

    [Fact]
    public async Task A_result_that_a_stage_found_damaged_is_made_again_and_the_stage_begins_then()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (_, cancellation) => hold.Task.WaitAsync(cancellation)));
        Guid id = await process.BeginAsync();
        RunView searching = await process.UntilAsync(id, _ => process.Worked("search") == 1);
        ArtifactRef dataset = searching.Artifacts["ingest"];
        await process.Bus.Publish(new ArtifactDamaged(id, "search", dataset, "made.txt has changed.", Attempt: 1), Token);
        await process.UntilAsync(id, run => Log().Any(line => line.Stage == "ingest" && line.Text == "made again: made.txt has changed.")
            && run.Standing == "Running search");
        hold.SetResult();
        RunView run = await process.SucceedAsync(id);
        Assert.Equal(["ingest", "search", "finetune", "evaluate"], run.Stages.Select(stage => stage.Stage));
        Assert.Equal(dataset, run.Artifacts["ingest"]);

        IReadOnlyList<LogRow> Log()
        {
            using RegistryContext rows = Rows();
            return [.. rows.Log.Where(line => line.RunId == id)];
        }
    }

    [Fact]
    public async Task A_damaged_result_that_was_given_fails_the_run()
    {
        await using PipelineProcess process = await StartAsync();
        RunView whole = await process.RunAsync("whole");
        process.Stages.Hang("search");
        Guid id = await process.Runs.StartAsync("""{"name":"other"}""", "from a dataset", fresh: false, new(whole.Artifacts["ingest"]));
        await process.UntilAsync(id, _ => process.Worked("search") == 2);
        await process.Bus.Publish(new ArtifactDamaged(id, "search", whole.Artifacts["ingest"], "made.txt has changed.", Attempt: 1), Token);
        RunView run = await process.WaitAsync(id);
        Assert.Equal(RunStatus.Failed, run.State);
        Assert.StartsWith("made.txt has changed. It was given to this run", run.Error);
    }
}
