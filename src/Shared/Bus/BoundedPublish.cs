using MassTransit;

namespace Das.Bus;

/// <summary>Publishing that comes to an end: a connection that was lost between a message and its confirmation may leave the sender waiting for ever.</summary>
public static class BoundedPublish
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Returns when the bus has confirmed the message.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="message">Published under its own type.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="configure">Changes how it is sent.</param>
    /// <exception cref="TimeoutException">It has not, within 15 seconds. The message may have been published nevertheless.</exception>
    public static async Task PublishBoundedAsync(this IBus bus, object message, CancellationToken cancellation, Action<PublishContext>? configure = null)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        either.CancelAfter(Patience);
        try { await bus.Publish(message, message.GetType(), context => configure?.Invoke(context), either.Token); }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"The bus did not confirm a {message.GetType().Name} within {Patience.TotalSeconds} s.");
        }
    }
}
