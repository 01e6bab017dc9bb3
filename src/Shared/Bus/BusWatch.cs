using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Das.Bus;

/// <summary>
/// Stops a host whose bus does not come back although the broker takes connections: RabbitMQ's client may keep a connection that a broker's end has taken
/// away (rabbitmq-dotnet-client, issue 1928). Whoever runs the host sees <see cref="Lost"/> and runs another. A stage at work is left alone: its endpoint
/// connects again only when it has ended, and it answers over a connection of its own.
/// </summary>
public sealed partial class BusWatch(IBusControl bus, BusSettings settings, RunCancellations work, IHostApplicationLifetime host, TimeProvider clock,
    ILogger<BusWatch> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromSeconds(30);

    /// <summary>The host was stopped because its bus is lost.</summary>
    public bool Lost { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long healthy = clock.GetTimestamp();
        while (true)
        {
            await Task.Delay(Look, clock, stoppingToken);
            if (work.Any || bus.CheckHealth().Status == BusHealthStatus.Healthy || !await ReachableAsync(stoppingToken)) healthy = clock.GetTimestamp();
            if (clock.GetElapsedTime(healthy) < Patience) continue;
            LogLost(Patience.TotalSeconds);
            Lost = true;
            host.StopApplication();
            return;
        }
    }

    private async Task<bool> ReachableAsync(CancellationToken cancellation)
    {
        try
        {
            await using IConnection connection = await BrokerCheck.Factory(settings).CreateConnectionAsync(cancellation);
            return true;
        }
        catch (Exception unreachable) when (unreachable is not OperationCanceledException) { return false; }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The broker takes connections, but this process has not come back to it for {Seconds} s: it begins anew.")]
    private partial void LogLost(double seconds);
}
