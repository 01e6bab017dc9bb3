using MassTransit;
using Microsoft.Extensions.Logging;

namespace Das.Bus;

/// <summary>
/// Publishes in bounded time. RabbitMQ's client may go on using a channel of a connection that a broker's end has taken away, and wait for ever
/// (rabbitmq-dotnet-client, issue 1928): what is not confirmed in time is published again over a new connection, which then stays in use.
/// </summary>
public sealed partial class Publisher(IBus bus, BusSettings settings, ILogger<Publisher> log) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly SemaphoreSlim _replacing = new(1);
    private IBusControl? _spare;

    /// <summary>Returns when the bus has confirmed the message.</summary>
    /// <param name="message">Published under its own type; perhaps twice.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="configure">Changes how it is sent.</param>
    /// <exception cref="TimeoutException">It has not, neither over the old connection nor over a new one. The message may have been published all the same.
    /// </exception>
    public async Task PublishAsync(object message, CancellationToken cancellation, Action<PublishContext>? configure = null)
    {
        IBusControl? before = _spare;
        try { await PublishAsync(before ?? bus, message, cancellation, configure); }
        catch (TimeoutException unconfirmed) when (!settings.InMemory)
        {
            LogUnconfirmed(unconfirmed.Message);
            await PublishAsync(await ReplacedAsync(before, cancellation), message, cancellation, configure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_spare is { } spare) await StopAsync(spare);
        _replacing.Dispose();
    }

    private static Task PublishAsync(IPublishEndpoint endpoint, object message, CancellationToken cancellation, Action<PublishContext>? configure) =>
        WithinAsync(token => endpoint.Publish(message, message.GetType(), context => configure?.Invoke(context), token),
            $"The broker did not confirm a {message.GetType().Name}", cancellation);

    /// <summary>A bus of a connection of its own, in the place of the one that did not answer; whoever else waited for that one gets the same.</summary>
    private async Task<IBus> ReplacedAsync(IBusControl? silent, CancellationToken cancellation)
    {
        await _replacing.WaitAsync(cancellation);
        try
        {
            if (_spare is { } already && already != silent) return already;
            IBusControl fresh = MassTransit.Bus.Factory.CreateUsingRabbitMq(transport => PipelineBus.Connect(transport, settings));
            await WithinAsync(fresh.StartAsync, "The broker did not take a new connection", cancellation);
            _spare = fresh;
            if (silent is not null) _ = StopAsync(silent);
            return fresh;
        }
        finally { _replacing.Release(); }
    }

    private static async Task WithinAsync(Func<CancellationToken, Task> work, string failed, CancellationToken cancellation)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        either.CancelAfter(Patience);
        try { await work(either.Token).WaitAsync(either.Token); }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{failed} within {Patience.TotalSeconds} s.");
        }
    }

    private static async Task StopAsync(IBusControl stopped)
    {
        using CancellationTokenSource soon = new(Patience);
        try { await stopped.StopAsync(soon.Token); }
        catch (Exception) { /* Its connection is of no use any more. */ }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence} It is published over a new connection.")]
    private partial void LogUnconfirmed(string sentence);
}
