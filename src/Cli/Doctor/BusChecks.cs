using System.Net.Sockets;

namespace Das.Cli.Doctor;

/// <summary>Does the configured message broker answer?</summary>
public static class BusChecks
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(3);

    /// <summary>Opens a TCP connection to <c>DAS_BUS__HOST</c>; without a RabbitMQ transport there is nothing to reach.</summary>
    public static async Task<Check> BrokerAnswersAsync(Func<string, string?> environment, CancellationToken cancellationToken)
    {
        if (!string.Equals(environment("DAS_BUS__TRANSPORT"), "rabbitmq", StringComparison.OrdinalIgnoreCase))
            return new("broker", true, "not configured: in-process bus");

        string host = environment("DAS_BUS__HOST") is { Length: > 0 } named ? named : "localhost";
        if (!int.TryParse(environment("DAS_BUS__PORT") ?? "5672", NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
            return new("broker", false, $"DAS_BUS__PORT is '{environment("DAS_BUS__PORT")}'", "Set it to a port number; RabbitMQ's own is 5672.");
        try
        {
            using var client = new TcpClient();
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(patience);
            await client.ConnectAsync(host, port, deadline.Token);
            return new("broker", true, $"{host}:{port} answers");
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            string reason = e is SocketException ? e.Message : $"no answer in {patience.TotalSeconds:0} s";
            return new("broker", false, $"{host}:{port}: {reason}", "Start RabbitMQ (docker compose up broker) or set DAS_BUS__HOST and DAS_BUS__PORT.");
        }
    }
}
