using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Das.Bus;

/// <summary>Asks the broker at start for its version and says what a broker of that age must be told by hand.</summary>
public sealed partial class BrokerCheck(BusSettings settings, ILogger<BrokerCheck> log) : BackgroundService
{
    private static readonly Version FirstWithQueueTimeout = new(3, 12);

    /// <summary>What a person must do about a broker of <paramref name="version"/>, or null.</summary>
    public static string? Advice(string version) =>
        Version.TryParse(version.Split('-', '+')[0], out Version? parsed) && parsed < FirstWithQueueTimeout
            ? $"This RabbitMQ {version} does not know a queue's own acknowledgement time-out (3.12 does) and takes a command away from a worker after "
                + "consumer_timeout, "
              + $"30 minutes by default. Set consumer_timeout = {(long)PipelineBus.AcknowledgementTimeout.TotalMilliseconds} in its rabbitmq.conf and "
                  + "restart it."
            : null;

    internal static ConnectionFactory Factory(BusSettings settings) => new()
    {
        HostName = settings.Host, Port = settings.Port, UserName = settings.User, Password = settings.Password, VirtualHost = settings.VirtualHost,
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using IConnection connection = await Factory(settings).CreateConnectionAsync(stoppingToken);
            string version = connection.ServerProperties?["version"] is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "unknown";
            if (Advice(version) is { } advice) LogAdvice(advice);
            else LogVersion(version);
        }
        catch (Exception unreachable) when (unreachable is not OperationCanceledException) { LogUnknown(unreachable.Message); }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Advice}")]
    private partial void LogAdvice(string advice);

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to RabbitMQ {Version}.")]
    private partial void LogVersion(string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not ask the broker for its version: {Reason}")]
    private partial void LogUnknown(string reason);
}
