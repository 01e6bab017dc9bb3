using Das.Bus;
using MassTransit;

namespace Das.Ingest;

/// <summary>One command in, one event out.</summary>
public sealed class IngestConsumer(StageExecution stage) : IConsumer<IngestDataset>
{
    public Task Consume(ConsumeContext<IngestDataset> context)
    {
        IngestDataset command = context.Message;
        return stage.RunAsync(context, command.RunId, IngestStage.Name,
            () => IngestStage.Request(command),
            (workspace, cancellation) => IngestStage.RunAsync(command, workspace, cancellation),
            done => new DatasetIngested(command.RunId, done.Artifact));
    }
}
