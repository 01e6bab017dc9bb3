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
    public void An_old_broker_is_told_what_to_set()
    {
        Assert.Contains("consumer_timeout = 1209600000", BrokerCheck.Advice("3.10.8"));
        Assert.Null(BrokerCheck.Advice("3.12.0"));
        Assert.Null(BrokerCheck.Advice("4.1.0-rc.1"));
    }
}
