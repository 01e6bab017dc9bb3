using Das.Bus;
using MassTransit;

namespace Das.Evaluate;

/// <summary>One command in, one event out.</summary>
public sealed class EvaluateConsumer(StageExecution stage, EvaluateStage evaluate) : IConsumer<EvaluateModel>
{
    public Task Consume(ConsumeContext<EvaluateModel> context)
    {
        EvaluateModel command = context.Message;
        return stage.RunAsync(context, command.RunId, EvaluateStage.Name,
            () => evaluate.Request(command),
            (workspace, cancellation) => evaluate.RunAsync(command, workspace, cancellation),
            done => new ModelEvaluated(command.RunId, done.Artifact,
                done.Result.Facts.ToDictionary(fact => fact.Key, fact => fact.Value.Deserialize<double>())));
    }
}
