using Das.Bus;
using RabbitMQ.Client;

namespace Das.Disturbances;

/// <summary>A RabbitMQ node on free ports of the loopback, with a data folder, a name and a port mapper of its own.</summary>
/// <param name="folder">Its data, configuration and log.</param>
/// <param name="configuration">More lines of its <c>rabbitmq.conf</c>.</param>
/// <param name="advanced">Its <c>advanced.config</c>: Erlang terms; none by default.</param>
public sealed class RabbitMqNode(string folder, string configuration = "", string? advanced = null) : IAsyncDisposable
{
    private static readonly string[] Scripts = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/sbin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server",
        "/opt/homebrew/sbin/rabbitmq-server"];
    private const string Mapper = "/usr/bin/epmd", Machine = "beam.smp";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly int distribution = FreePort(), mapping = FreePort();
    private Process? mapper, server;

    /// <summary>Whether <c>rabbitmq-server</c> is installed.</summary>
    public static bool Installed => Scripts.Any(File.Exists);

    public int Port { get; } = FreePort();

    public BusSettings Settings => new() { Transport = BusSettings.RabbitMq, Host = "127.0.0.1", Port = (ushort)Port };

    /// <summary>Starts it, for the first time or again with the same data, and waits until it answers.</summary>
    /// <exception cref="DasException">It is not installed, or does not come up; the message holds what it said.</exception>
    public async Task StartAsync()
    {
        string script = Scripts.FirstOrDefault(File.Exists)
            ?? throw new DasException(ErrorKind.Machine, "rabbitmq-server is not installed: apt-get install rabbitmq-server.");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(At("rabbitmq.conf"),
            $"listeners.tcp.1 = 127.0.0.1:{Port}\nlog.console = true\nlog.console.level = warning\n{configuration}\n");
        await File.WriteAllTextAsync(At("plugins"), "[].\n");
        if (advanced is not null) await File.WriteAllTextAsync(At("advanced.config"), advanced);
        if (mapper is null && File.Exists(Mapper)) mapper = Launch(Mapper);
        server?.Dispose();
        server = Launch(script);
        await ReadyAsync();
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (server is not { HasExited: false } running) return;
        running.Kill(entireProcessTree: true);
        await running.WaitForExitAsync();
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task StopAsync()
    {
        if (server is not { HasExited: false } running) return;
        foreach (int machine in ProcessTree.Below(running.Id).Where(id => ProcessTree.NameOf(id) == Machine)) Signals.Send(machine, Signals.Terminate);
        await Task.WhenAny(running.WaitForExitAsync(), Task.Delay(Patience));
        await KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (mapper is { HasExited: false })
        {
            mapper.Kill(entireProcessTree: true);
            await mapper.WaitForExitAsync();
        }
        server?.Dispose();
        mapper?.Dispose();
    }

    private string At(string name) => Path.Combine(folder, name);

    private async Task ReadyAsync()
    {
        ConnectionFactory factory = new() { HostName = Settings.Host, Port = Port };
        for (long begun = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await using IConnection connection = await factory.CreateConnectionAsync();
                return;
            }
            catch (Exception) when (!server!.HasExited && Stopwatch.GetElapsedTime(begun) < Patience) { await Task.Delay(100); }
            catch (Exception silent)
            {
                throw new DasException(ErrorKind.Machine, $"rabbitmq-server did not come up:\n{await File.ReadAllTextAsync(At("server.log"))}", silent);
            }
        }
    }

    private Process Launch(string program)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$0\" >> \"$1\" 2>&1", program, At("server.log")]) { WorkingDirectory = folder };
        foreach ((string name, string value) in new (string, string)[]
        {
            ("HOME", folder), ("ERL_EPMD_PORT", $"{mapping}"), ("ERL_EPMD_ADDRESS", "127.0.0.1"),
            ("RABBITMQ_NODENAME", $"das{Port}@localhost"), ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"), ("RABBITMQ_NODE_PORT", $"{Port}"),
            ("RABBITMQ_DIST_PORT", $"{distribution}"), ("RABBITMQ_MNESIA_BASE", At("data")), ("RABBITMQ_LOG_BASE", At("log")),
            ("RABBITMQ_CONFIG_FILE", At("rabbitmq.conf")), ("RABBITMQ_ADVANCED_CONFIG_FILE", At("advanced.config")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", At("plugins")), ("RABBITMQ_PID_FILE", At("pid")),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} -setcookie das-tests"),
        }) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
