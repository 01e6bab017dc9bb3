using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Das.Tests.Control;

public sealed class RunTests : PipelineTest
{
    [Fact]
    public async Task A_run_goes_through_its_four_stages()
    {
        await using PipelineProcess process = await StartAsync();
        List<string> states = [];
        Guid id = await process.BeginAsync();
        RunView run = await process.Runs.WaitAsync(id, view => states.Add(view.Standing), Token);
        Assert.True(run.Succeeded, run.Error);
        Assert.Equal(["ingest", "search", "finetune", "evaluate"], run.Stages.Select(stage => stage.Stage));
        Assert.All(run.Stages, stage => Assert.Equal((StageStatus.Finished, false), (stage.State, stage.Reused)));
        Assert.Equal([3, 7], run.SkipModule!);
        Assert.Equal(0.75, run.Metrics.Named("accuracy")!.Mean);
        Assert.Equal("evaluate", process.Store.ReadResult(run.Artifacts["evaluate"]).Stage);
        Assert.Equal("Completed", states[^1]);
        Assert.Equal(run.Id, (await process.Runs.FindAsync(run.ShortId))!.Id);
        await using RegistryContext rows = Rows();
        Assert.Contains(rows.Lineage, edge => edge.Artifact == run.Artifacts["evaluate"].Uri && edge.Input == run.Artifacts["finetune"].Uri);
    }

    [Fact]
    public async Task A_second_run_of_the_same_recipe_computes_nothing_and_a_fresh_one_everything()
    {
        await using PipelineProcess process = await StartAsync();
        await process.RunAsync("first");
        RunView second = await process.RunAsync("second");
        Assert.All(second.Stages, stage => Assert.True(stage.Reused));
        Assert.Equal(1, process.Worked("search"));
        RunView fresh = await process.RunAsync("fresh", fresh: true);
        Assert.All(fresh.Stages, stage => Assert.False(stage.Reused));
        Assert.Equal(2, process.Worked("search"));
    }

    [Fact]
    public async Task A_result_made_for_another_run_is_reused_also_where_that_runs_answer_has_not_come_yet()
    {
        await using PipelineProcess process = await StartAsync();
        await process.RunAsync("maker");
        await using (RegistryContext rows = Rows()) await rows.Artifacts.ExecuteDeleteAsync(Token);
        Assert.All((await process.RunAsync("waiting")).Stages, stage => Assert.True(stage.Reused));
    }

    [Fact]
    public async Task Duplicate_messages_are_harmless()
    {
        await using PipelineProcess process = await StartAsync();
        Guid id = await process.BeginAsync();
        for (int time = 0; time < 5; time++) await process.Bus.Publish(new StartRun(id, Fake, false), Token);
        RunView run = await process.WaitAsync(id);
        ArtifactRef other = run.Artifacts["ingest"] with { Uri = "ingest/other/result.json" };
        await process.Bus.Publish(new StartRun(id, Fake, false), Token);
        await process.Bus.Publish(new DatasetIngested(id, other), Token);
        await process.Bus.Publish(new StageFailed(id, "ingest", "late"), Token);
        await process.Bus.Publish(new CancelRun(id), Token);
        await process.Bus.Publish(new RetryRun(id), Token);
        await Task.Delay(300, Token);
        RunView after = (await process.Runs.FindAsync(id))!;
        Assert.Equal((RunStatus.Completed, run.Updated, run.Artifacts["ingest"]), (after.State, after.Updated, after.Artifacts["ingest"]));
        Assert.Equal(1, process.Worked("evaluate"));
    }

    [Fact]
    public async Task What_the_machine_decides_is_decided_before_the_first_stage_and_said_in_the_recipe()
    {
        await using PipelineProcess process = await StartAsync(options: new() { Poll = TimeSpan.FromMilliseconds(100), AutoDevice = () => "cuda:1" });
        RunView auto = await process.RunAsync("auto", Of("auto")), named = await process.RunAsync("named", Of("cuda:1"));
        Assert.Equal(Of("cuda:1"), auto.Recipe);
        Assert.All(named.Stages, stage => Assert.True(stage.Reused)); // One key, however it came to be.
        RunView other = await process.RunAsync("other", Of("cpu"));
        Assert.Equal(Of("cpu"), other.Recipe);
        Assert.All(other.Stages, stage => Assert.False(stage.Reused));

        static string Of(string device) => CanonicalJson.Text(new JsonObject { ["name"] = "any", ["device"] = device });
    }

    [Fact]
    public async Task A_precision_left_to_the_machine_is_decided_once_for_the_device_and_said_in_the_recipe()
    {
        List<string> asked = [];
        await using PipelineProcess process = await StartAsync(options: new()
        {
            Poll = TimeSpan.FromMilliseconds(100), AutoDevice = () => "cuda:1", AutoPrecision = device => { asked.Add(device); return "bfloat16"; },
        });
        RunView auto = await process.RunAsync("auto", Of("auto", "auto")), named = await process.RunAsync("named", Of("cuda:1", "bfloat16"));
        Assert.Equal((Of("cuda:1", "bfloat16"), "cuda:1"), (auto.Recipe, Assert.Single(asked)));
        Assert.All(named.Stages, stage => Assert.True(stage.Reused));
        RunView other = await process.RunAsync("other", Of("cuda:1", "float32"));
        Assert.All(other.Stages, stage => Assert.False(stage.Reused));

        static string Of(string device, string precision) => CanonicalJson.Text(new JsonObject { ["name"] = "any", ["device"] = device,
            ["backbone"] = new JsonObject { ["config"] = new JsonObject { ["precision"] = precision } } });
    }

    [Fact]
    public async Task A_stale_event_of_an_earlier_stage_is_ignored()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (_, _) => hold.Task));
        Guid id = await process.BeginAsync();
        RunView searching = await process.UntilAsync(id, run => run.Standing == "Running search");
        await process.Bus.Publish(new StageFailed(id, "ingest", "late"), Token);
        await process.Bus.Publish(new DatasetIngested(id, searching.Artifacts["ingest"]), Token);
        await Task.Delay(200, Token);
        Assert.Equal("Running search", (await process.Runs.FindAsync(id))!.Standing);
        hold.SetResult();
        await process.SucceedAsync(id);
    }

    [Fact]
    public async Task A_failed_run_says_why_and_retry_goes_on_from_its_stage()
    {
        await using PipelineProcess process = await StartAsync(stages =>
            stages.On("finetune", (_, _) => throw new DasException(ErrorKind.Storage, "The checkpoint is missing.")));
        Guid id = await process.BeginAsync(fresh: true);
        RunView failed = await process.WaitAsync(id);
        Assert.Equal((RunStatus.Failed, "The checkpoint is missing."), (failed.State, failed.Error));
        Assert.Equal(StageStatus.Failed, failed.Stages.Single(stage => stage.Stage == "finetune").State);
        Assert.Equal(1, process.Worked("finetune"));
        process.Stages.Behave("finetune");
        Assert.True(await process.Runs.RetryAsync(id));
        RunView run = await process.SucceedAsync(id);
        Assert.Null(run.Error);
        Assert.Equal((1, 1, 2), (process.Worked("ingest"), process.Worked("search"), process.Worked("finetune")));
        Assert.False(await process.Runs.RetryAsync(id));
    }

    [Fact]
    public async Task A_transient_fault_is_tried_again_and_an_unexpected_one_is_told_without_its_type()
    {
        int attempt = 0;
        await using PipelineProcess process = await StartAsync(stages =>
        {
            stages.On("ingest", (_, _) => attempt++ < 2 ? throw new HttpRequestException("no route") : Task.CompletedTask);
            stages.On("search", (_, _) => throw new ArithmeticException("NaN"));
        });
        RunView run = await process.RunAsync();
        Assert.Equal((RunStatus.Failed, "Something unexpected happened: NaN. The log has the details."), (run.State, run.Error));
        Assert.Equal((3, 1), (process.Worked("ingest"), process.Worked("search")));
    }

    [Fact]
    public async Task A_broken_recipe_fails_the_run_with_a_sentence()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await process.RunAsync("broken", "{");
        Assert.Equal(RunStatus.Failed, run.State);
        Assert.StartsWith("Something unexpected happened: Expected depth", run.Error);
        Assert.DoesNotContain("Exception", run.Error);
    }

    [Fact]
    public async Task Cancel_ends_the_stage_at_work_and_retry_takes_it_up_again()
    {
        TaskCompletionSource cancelled = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", async (_, cancellation) =>
        {
            try { await Task.Delay(Timeout.Infinite, cancellation); }
            finally { cancelled.TrySetResult(); }
        }));
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, run => run.Standing == "Running search" && process.Worked("search") == 1);
        Assert.True(await process.Runs.CancelAsync(id));
        RunView run = await process.WaitAsync(id);
        Assert.Equal((RunStatus.Cancelled, StageStatus.Cancelled), (run.State, run.Stages[^1].State));
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(5), Token);
        process.Stages.Behave("search");
        Assert.True(await process.Runs.RetryAsync(id));
        await process.SucceedAsync(id);
        Assert.False(await process.Runs.CancelAsync(id));
    }

    [Fact]
    public async Task Cancel_from_another_process_reaches_the_worker()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.Hang("ingest"));
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, run => run.Standing == "Running ingest");
        await using ServiceProvider other = Registry();
        Assert.True(await other.GetRequiredService<RunRegistry>().CancelAsync(id));
        Assert.Equal(RunStatus.Cancelled, (await process.WaitAsync(id)).State);
    }

    [Fact]
    public async Task A_run_that_nobody_drives_is_cancelled_on_the_spot()
    {
        await using ServiceProvider alone = Registry();
        RunRegistry runs = alone.GetRequiredService<RunRegistry>();
        Guid id = await runs.StartAsync(Fake, "nobody's", fresh: false);
        Assert.True(await runs.CancelAsync(id));
        Assert.Equal(RunStatus.Cancelled, (await runs.FindAsync(id))!.State);
        await using PipelineProcess process = await StartAsync();
        Assert.True(await process.Runs.RetryAsync(id));
        await process.SucceedAsync(id);
    }

    [Fact]
    public void A_cancellation_reaches_a_command_that_comes_later_but_not_a_retry()
    {
        RunCancellations cancellations = new();
        Guid id = Guid.NewGuid();
        using RunCancellations.Work early = cancellations.Begin(id, 1);
        cancellations.Cancel(id, 1);
        using RunCancellations.Work late = cancellations.Begin(id, 1), retry = cancellations.Begin(id, 2), other = cancellations.Begin(Guid.NewGuid(), 1);
        Assert.Equal((true, true, false, false), (early.Token.IsCancellationRequested, late.Token.IsCancellationRequested, retry.Token.IsCancellationRequested,
            other.Token.IsCancellationRequested));
    }

    [Fact]
    public async Task Twenty_runs_at_once_all_complete()
    {
        await using PipelineProcess process = await StartAsync();
        Guid[] ids = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(number => process.Runs.StartAsync($$"""{"seed":{{number}}}""", $"run {number}", fresh: false)));
        RunView[] runs = await Task.WhenAll(ids.Select(process.WaitAsync));
        Assert.All(runs, run => Assert.True(run.Succeeded, run.Error));
        Assert.Equal(20, process.Worked("evaluate"));
        Assert.Equal(20, (await process.Runs.ListAsync()).Count);
    }

    [Fact]
    public async Task A_restart_goes_on_with_what_was_unfinished()
    {
        PipelineProcess first = await StartAsync(stages => stages.Hang("search"));
        Guid id = await first.BeginAsync();
        await first.UntilAsync(id, run => run.Standing == "Running search");
        await first.DisposeAsync();
        await using PipelineProcess second = await StartAsync();
        RunView run = await second.SucceedAsync(id);
        Assert.Equal((0, 1), (second.Worked("ingest"), second.Worked("search")));
    }

    [Fact]
    public async Task A_run_is_driven_by_one_living_process_only()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess first = await StartAsync(stages => stages.On("search", (_, _) => hold.Task));
        Guid id = await first.BeginAsync();
        await first.UntilAsync(id, run => run.Standing == "Running search");
        await using PipelineProcess second = await StartAsync();
        await Task.Delay(400, Token);
        hold.SetResult();
        await first.SucceedAsync(id);
        Assert.Equal((0, 0), (second.Worked("search"), second.Worked("evaluate")));
    }

    [Fact]
    public async Task The_watchdog_repeats_the_command_of_a_silent_run()
    {
        TaskCompletionSource hold = new(), repeated = new();
        ControlOptions impatient = new() { Poll = TimeSpan.FromMilliseconds(50), Watchdog = TimeSpan.FromMilliseconds(400) };
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (_, _) => hold.Task), options: impatient);
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, run => run.Standing == "Running search");
        await process.Bus.ConnectReceiveEndpoint("overhears", endpoint =>
            endpoint.Handler<SearchArchitecture>(_ => Task.FromResult(repeated.TrySetResult()))).Ready;
        await repeated.Task.WaitAsync(TimeSpan.FromSeconds(5), Token);
        hold.SetResult();
        await process.SucceedAsync(id);
        Assert.Equal(1, process.Worked("search"));
    }

    [Fact]
    public async Task A_run_may_start_at_any_stage_with_given_results()
    {
        await using PipelineProcess process = await StartAsync();
        RunView whole = await process.RunAsync("whole");
        GivenResults given = new(whole.Artifacts["ingest"], whole.SkipModule, whole.Artifacts["finetune"]);
        RunView again = await process.WaitAsync(await process.Runs.StartAsync("""{"name":"other"}""", "evaluate again", fresh: false, given));
        Assert.Equal([StageStatus.Given, StageStatus.Given, StageStatus.Given, StageStatus.Finished], again.Stages.Select(stage => stage.State));
        Assert.Equal((1, 2), (process.Worked("finetune"), process.Worked("evaluate")));
    }

    [Fact]
    public async Task Several_processes_may_open_a_new_registry_at_once()
    {
        int[] counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            using RegistryContext rows = Rows();
            return rows.Runs.Count();
        })));
        Assert.All(counts, count => Assert.Equal(0, count));
    }

    [Fact]
    public async Task The_status_page_shows_runs_and_escapes_what_people_wrote()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await process.RunAsync("<script>alert(1)</script>");
        HttpClient http = process.Http;
        string page = await http.GetStringAsync("/", Token);
        Assert.Contains("&lt;script&gt;", page);
        Assert.DoesNotContain("<script>", page);
        Assert.Contains("Completed", page);
        Assert.Equal("Completed", (await http.GetFromJsonAsync<JsonObject>($"/api/runs/{run.ShortId}", Token))!["state"]!.GetValue<string>());
        Assert.Single((await http.GetFromJsonAsync<JsonObject>("/api/runs", Token))!["runs"]!.AsArray());
        Assert.Equal("Healthy", await http.GetStringAsync("/health", Token));
        await http.AnswersAsync(HttpStatusCode.NotFound, "/api/runs/ffff");
    }

    [Theory]
    [InlineData(ErrorKind.Recipe, false)]
    [InlineData(ErrorKind.Data, true)]
    public async Task A_retry_helps_where_something_beside_the_recipe_can_be_mended(ErrorKind kind, bool helps)
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (_, _) => throw new DasException(kind, "It cannot be done.")));
        RunView failed = await process.RunAsync();
        Assert.Equal((RunStatus.Failed, helps), (failed.State, failed.RetryHelps));
        process.Stages.Behave("search");
        await process.Runs.RetryAsync(failed.Id);
        Assert.True((await process.UntilAsync(failed.Id, run => run.Succeeded)).RetryHelps);
    }
}
