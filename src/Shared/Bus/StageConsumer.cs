using MassTransit;

namespace Das.Bus;

/// <summary>One command in, one message out: the consumer of every stage.</summary>
public sealed class StageConsumer<TCommand, TEvent>(StageExecution execution, Stage<TCommand, TEvent> stage) : IConsumer<TCommand>
    where TCommand : StageCommand where TEvent : StageEvent
{
    public Task Consume(ConsumeContext<TCommand> context) => execution.RunAsync(context, stage);
}
