using MassTransit;

namespace Das.Tests.Control;

/// <summary>Four stages that do what a test tells them; by default each writes one file at once.</summary>
public sealed class FakeStages
{
    private readonly ConcurrentDictionary<string, int> _worked = new();
    private readonly ConcurrentDictionary<string, Func<StageWorkspace, CancellationToken, Task>> _do = new();

    public int Worked(string stage) => _worked.GetValueOrDefault(stage);

    public void On(string stage, Func<StageWorkspace, CancellationToken, Task> work) => _do[stage] = work;

    public void Behave(string stage) => _do.TryRemove(stage, out _);

    public static StageRequest Request(Guid run, string stage, string recipe, bool fresh, params ArtifactRef[] inputs) =>
        new(run, stage, 1, JsonNode.Parse(recipe)!, [.. inputs.Select(input => input.Sha256)], fresh);

    public async Task<StageOutcome> WorkAsync(string stage, StageWorkspace workspace, CancellationToken cancellation)
    {
        _worked.AddOrUpdate(stage, 1, (_, times) => times + 1);
        if (_do.TryGetValue(stage, out var work)) await work(workspace, cancellation);
        await File.WriteAllTextAsync(workspace.File("made.txt"), stage, cancellation);
        return new(["made.txt"], new() { ["skipModule"] = new JsonArray(3, 7) });
    }
}

public sealed class FakeIngestConsumer(StageExecution stage, FakeStages stages) : IConsumer<IngestDataset>
{
    public Task Consume(ConsumeContext<IngestDataset> context)
    {
        IngestDataset command = context.Message;
        return stage.RunAsync(context, command.RunId, "ingest",
            () => FakeStages.Request(command.RunId, "ingest", command.Recipe, command.Fresh),
            (workspace, cancellation) => stages.WorkAsync("ingest", workspace, cancellation),
            done => new DatasetIngested(command.RunId, done.Artifact));
    }
}

public sealed class FakeSearchConsumer(StageExecution stage, FakeStages stages) : IConsumer<SearchArchitecture>
{
    public Task Consume(ConsumeContext<SearchArchitecture> context)
    {
        SearchArchitecture command = context.Message;
        return stage.RunAsync(context, command.RunId, "search",
            () => FakeStages.Request(command.RunId, "search", command.Recipe, command.Fresh, command.Dataset),
            (workspace, cancellation) => stages.WorkAsync("search", workspace, cancellation),
            done => new ArchitectureFound(command.RunId, done.Artifact, done.Result.Fact<int[]>("skipModule")));
    }
}

public sealed class FakeFinetuneConsumer(StageExecution stage, FakeStages stages) : IConsumer<FinetuneModel>
{
    public Task Consume(ConsumeContext<FinetuneModel> context)
    {
        FinetuneModel command = context.Message;
        return stage.RunAsync(context, command.RunId, "finetune",
            () => FakeStages.Request(command.RunId, "finetune", command.Recipe, command.Fresh, command.Dataset),
            (workspace, cancellation) => stages.WorkAsync("finetune", workspace, cancellation),
            done => new ModelFinetuned(command.RunId, done.Artifact));
    }
}

public sealed class FakeEvaluateConsumer(StageExecution stage, FakeStages stages) : IConsumer<EvaluateModel>
{
    public Task Consume(ConsumeContext<EvaluateModel> context)
    {
        EvaluateModel command = context.Message;
        return stage.RunAsync(context, command.RunId, "evaluate",
            () => FakeStages.Request(command.RunId, "evaluate", command.Recipe, command.Fresh, command.Dataset, command.Checkpoint),
            (workspace, cancellation) => stages.WorkAsync("evaluate", workspace, cancellation),
            done => new ModelEvaluated(command.RunId, done.Artifact, new() { ["accuracy"] = 0.75 }));
    }
}
