using Das.Tests.Shared;

namespace Das.Tests.Control;

public sealed class RabbitMqRunTests(RabbitMqBroker broker) : PipelineTest, IClassFixture<RabbitMqBroker>
{
    [Fact]
    public async Task A_run_goes_through_a_broker_and_a_stopped_workers_command_is_delivered_again()
    {
        BusSettings settings = await broker.SettingsAsync();
        PipelineProcess first = await StartAsync(stages => stages.Hang("search"), settings);
        Guid id = await first.BeginAsync("over a broker");
        await first.UntilAsync(id, run => run.Standing == "Running search" && run.Progress?.Stage == "search");
        await first.DisposeAsync();

        await using PipelineProcess second = await StartAsync(settings: settings);
        RunView run = await second.SucceedAsync(id);
        Assert.Equal((0, 1, 1, 1), (second.Worked("ingest"), second.Worked("search"), second.Worked("finetune"), second.Worked("evaluate")));
    }

    [Fact]
    public async Task Cancel_reaches_a_worker_over_a_broker()
    {
        BusSettings settings = await broker.SettingsAsync();
        await using PipelineProcess process = await StartAsync(stages => stages.Hang("ingest"), settings);
        Guid id = await process.Runs.StartAsync("""{"name":"cancelled"}""", "cancelled", fresh: false);
        await process.UntilAsync(id, run => run.Progress?.Stage == "ingest");
        await process.Runs.CancelAsync(id);
        Assert.Equal(RunStatus.Cancelled, (await process.WaitAsync(id)).State);
        process.Stages.Behave("ingest");
        await process.Runs.RetryAsync(id);
        await process.SucceedAsync(id);
    }

    [Fact]
    public async Task What_was_decided_before_a_kill_is_published_at_the_next_start()
    {
        BusSettings settings = await broker.SettingsAsync();
        Guid id = Guid.NewGuid();
        await using (RegistryContext rows = Rows())
        {
            DateTime now = DateTime.UtcNow;
            rows.Runs.Add(new() { Id = id, Recipe = Fake, State = RunStatus.Running, Created = now, Updated = now });
            rows.Sagas.Add(new() { CorrelationId = id, Recipe = Fake, CurrentState = nameof(RunStatus.Running) });
            rows.Stages.Add(new() { RunId = id, Stage = "ingest", State = StageStatus.Running, Started = now });
            rows.Outbox.Add(new() { RunId = id, Step = "ingest", Attempt = 1 });
            await rows.SaveChangesAsync(Token);
        }
        await using PipelineProcess process = await StartAsync(settings: settings);
        await process.SucceedAsync(id);
        await using RegistryContext after = Rows();
        Assert.Empty(after.Outbox);
    }

    [Fact]
    public async Task A_command_that_no_queue_takes_waits_for_the_first_worker()
    {
        BusSettings settings = await broker.SettingsAsync();
        await using PipelineProcess server = await PipelineProcess.StartAsync(Home.Path, settings: settings, works: false, pipeline: CandidateStages.All);
        Guid id = await server.BeginAsync();
        await server.UntilAsync(id, run => run.Progress?.Note.StartsWith("waiting for a worker", StringComparison.Ordinal) == true);
        await using PipelineProcess worker = await PipelineProcess.StartAsync(Home.Path, settings: settings, drives: false, pipeline: CandidateStages.All);
        await server.SucceedAsync(id);
        Assert.Equal(1, worker.Worked("prepare"));
    }

    [Fact]
    public async Task Work_goes_on_when_its_delivery_is_lost_and_whoever_gets_the_command_next_waits_for_its_result()
    {
        BusSettings settings = await broker.SettingsAsync();
        using CuttableProxy proxy = new(settings.Port);
        TaskCompletionSource hold = new();
        await using PipelineProcess server = await PipelineProcess.StartAsync(Home.Path, settings: settings, works: false);
        await using PipelineProcess first = await PipelineProcess.StartAsync(Home.Path, stages => stages.On("search", (_, cancellation) =>
            hold.Task.WaitAsync(cancellation)), settings with { Port = proxy.Port }, drives: false);
        Guid id = await server.BeginAsync("cut off");
        await server.UntilAsync(id, _ => first.Worked("search") == 1);
        await using PipelineProcess second = await PipelineProcess.StartAsync(Home.Path, settings: settings, drives: false);
        Assert.True(proxy.Cut() > 0);
        await server.UntilAsync(id, run => run.Progress?.Note.StartsWith("waiting for", StringComparison.Ordinal) == true);
        hold.SetResult();
        await server.SucceedAsync(id);
        Assert.Equal((1, 0, 1), (first.Worked("search"), second.Worked("search"), second.Worked("evaluate")));
    }

    [Fact]
    public void An_old_broker_is_told_what_to_set()
    {
        Assert.Contains("consumer_timeout = 1209600000", BrokerCheck.Advice("3.10.8"));
        Assert.Null(BrokerCheck.Advice("3.12.0"));
        Assert.Null(BrokerCheck.Advice("4.1.0-rc.1"));
    }
}
