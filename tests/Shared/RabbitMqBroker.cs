using System.Net.Sockets;
using RabbitMQ.Client;

namespace Das.Tests.Shared;

/// <summary>
/// A RabbitMQ node of the tests' own, on free ports of the loopback with its own data folder; started by the first test
/// that asks for it and stopped, by its process id, with the fixture.
/// </summary>
public sealed class RabbitMqBroker : IAsyncDisposable
{
    private static readonly string[] Scripts = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/sbin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server",
        "/opt/homebrew/sbin/rabbitmq-server"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly TemporaryFolder _folder = new();
    private readonly SemaphoreSlim _once = new(1);
    private Process? _epmd, _server;
    private BusSettings? _settings;

    /// <summary>How to reach the broker; skips the test where <c>rabbitmq-server</c> is not installed.</summary>
    public async Task<BusSettings> SettingsAsync()
    {
        string? script = Scripts.FirstOrDefault(File.Exists);
        Assert.SkipWhen(script is null, "rabbitmq-server is not installed.");
        await _once.WaitAsync();
        try { return _settings ??= await StartAsync(script); }
        finally { _once.Release(); }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process? process in new[] { _server, _epmd })
        {
            if (process is null) continue;
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        _folder.Dispose();
        _once.Dispose();
    }

    private async Task<BusSettings> StartAsync(string script)
    {
        (int port, int distribution, int epmd) = (FreePort(), FreePort(), FreePort());
        string configuration = _folder["rabbitmq.conf"];
        await File.WriteAllTextAsync(configuration, $"listeners.tcp.1 = 127.0.0.1:{port}\nlog.console = true\nlog.console.level = warning\n");
        Dictionary<string, string> environment = new()
        {
            ["HOME"] = _folder.Path,
            ["ERL_EPMD_PORT"] = $"{epmd}",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = $"das{port}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = $"{port}",
            ["RABBITMQ_DIST_PORT"] = $"{distribution}",
            ["RABBITMQ_MNESIA_BASE"] = _folder["data"],
            ["RABBITMQ_LOG_BASE"] = _folder["log"],
            ["RABBITMQ_CONFIG_FILE"] = configuration,
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = _folder["plugins"],
            ["RABBITMQ_PID_FILE"] = _folder["pid"],
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} -setcookie das-tests",
        };
        await File.WriteAllTextAsync(environment["RABBITMQ_ENABLED_PLUGINS_FILE"], "[].\n");
        if (File.Exists("/usr/bin/epmd")) _epmd = Launch("/usr/bin/epmd", environment);
        _server = Launch(script, environment);
        BusSettings settings = new() { Transport = BusSettings.RabbitMq, Host = "127.0.0.1", Port = (ushort)port };
        await ReadyAsync(settings);
        return settings;
    }

    private async Task ReadyAsync(BusSettings settings)
    {
        ConnectionFactory factory = new() { HostName = settings.Host, Port = settings.Port };
        for (long begun = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await using IConnection connection = await factory.CreateConnectionAsync();
                return;
            }
            catch (Exception) when (!_server!.HasExited && Stopwatch.GetElapsedTime(begun) < Patience) { await Task.Delay(250); }
            catch (Exception silent) { throw new InvalidOperationException($"rabbitmq-server did not come up:\n{Log()}", silent); }
        }
    }

    private string Log() => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "(it said nothing)";

    private string LogFile => _folder["server.log"];

    private Process Launch(string program, Dictionary<string, string> environment)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$0\" >> \"$1\" 2>&1", program, LogFile]) { WorkingDirectory = _folder.Path };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
