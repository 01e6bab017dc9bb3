using MassTransit;

namespace Das.Bus;

/// <summary>
/// Stands before the error queue: a command that stopped with its process goes back to its own queue. Without it
/// MassTransit would move the command to the error queue, where nobody looks.
/// </summary>
internal sealed class Redelivery : IFilter<ExceptionReceiveContext>
{
    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) =>
        context.Exception is OperationCanceledException or ConsumerCanceledException
            ? Task.FromException(context.Exception)
            : next.Send(context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("redelivery");
}
