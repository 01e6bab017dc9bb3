using Das.Cli.Hosting;
using MassTransit;

namespace Das.Tests.Cli;

/// <summary>What a broker and a store hold the pipeline to.</summary>
public sealed class PipelineTests
{
    private static readonly (string Stage, Type Command, Type Event)[] stages =
    [
        ("ingest", typeof(IngestDataset), typeof(DatasetIngested)), ("search", typeof(SearchArchitecture), typeof(ArchitectureFound)),
        ("finetune", typeof(FinetuneModel), typeof(ModelFinetuned)), ("evaluate", typeof(EvaluateModel), typeof(ModelEvaluated)),
    ];

    [Fact]
    public void The_stages_stand_in_their_order_and_each_has_its_class()
    {
        Assert.Equal(stages.Select(stage => stage.Stage), PipelineStages.Das.Names);
        Assert.Equal(PipelineStages.Das.Names, PipelineHost.Stages.Keys);
    }

    [Fact]
    public async Task Queues_are_named_after_stages_and_versions_stay()
    {
        using TemporaryFolder home = new();
        await using ServiceProvider services = new ServiceCollection().AddLogging().AddPipelineBus(new(), bus =>
        {
            bus.AddControl(new(home.Path));
            foreach ((string name, Type stage) in PipelineHost.Stages) bus.AddStage(name, stage);
            bus.AddAnswers(typeof(AskedModels));
        }).BuildServiceProvider();
        string topology = JsonSerializer.Serialize(services.GetRequiredService<IBusControl>().GetProbeResult(Token).Results);
        Assert.Equal(["das-chat", "das-evaluate", "das-finetune", "das-ingest", "das-run-state", "das-search"],
            Regex.Matches(topology, """loopback://localhost/(das-[a-z-]+)[?"]""").Select(match => match.Groups[1].Value)
                .Where(name => !name.Contains("listener")).Distinct().Order());
        Assert.Equal([("ingest", 3), ("search", 6), ("finetune", 5), ("evaluate", 5)], stages.Select(stage =>
        {
            dynamic made = services.GetRequiredService(typeof(Stage<,>).MakeGenericType(stage.Command, stage.Event));
            return ((string)made.Name, (int)made.Version);
        }));
    }

    [Fact]
    public void A_message_is_known_by_its_namespace_and_name() =>
        Assert.All(stages.SelectMany(stage => new[] { stage.Command, stage.Event }), message =>
            Assert.Equal($"urn:message:Das.Contracts:{message.Name}", MessageUrn.ForTypeString(message)));
}
