using Das.Bus;
using MassTransit;

namespace Das.Finetune;

/// <summary>One command in, one event out.</summary>
public sealed class FinetuneConsumer(StageExecution stage, FinetuneStage finetune) : IConsumer<FinetuneModel>
{
    public Task Consume(ConsumeContext<FinetuneModel> context)
    {
        FinetuneModel command = context.Message;
        return stage.RunAsync(context, command.RunId, FinetuneStage.Name,
            () => finetune.Request(command),
            (workspace, cancellation) => finetune.RunAsync(command, workspace, cancellation),
            done => new ModelFinetuned(command.RunId, done.Artifact));
    }
}
