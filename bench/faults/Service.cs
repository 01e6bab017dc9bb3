namespace Das.Disturbances;

/// <summary>One process of the deployment: it is started again where it ends by itself, as a container would be.</summary>
/// <param name="name">serve, or the worker's.</param>
/// <param name="link">Its way to the broker.</param>
/// <param name="arguments">Of <c>das</c>.</param>
/// <param name="environment">Its variables.</param>
/// <param name="log">What it says is appended here.</param>
internal sealed class Service(string name, Link link, string[] arguments, IReadOnlyDictionary<string, string> environment, string log) : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "das");
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private Process? process;
    private bool wanted;

    public string Name => name;

    public Link Link => link;

    public bool Alive => process is { HasExited: false };

    public int Id => process!.Id;

    /// <summary>How often it ended without having been told to.</summary>
    public int Ended { get; private set; }

    /// <summary>Starts it where it is not running.</summary>
    public void Start()
    {
        if (Alive) return;
        wanted = true;
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$0\" \"$@\" >> \"$FAULTS_LOG\" 2>&1", Program, .. arguments])
        {
            WorkingDirectory = Checkout.Root,
        };
        foreach ((string variable, string value) in environment) start.Environment[variable] = value;
        start.Environment["FAULTS_LOG"] = log;
        start.Environment["DAS_BUS__PORT"] = link.Port.ToString(CultureInfo.InvariantCulture);
        process = Process.Start(start)!;
        _ = KeepAsync(process);
    }

    /// <summary><c>kill -9</c>.</summary>
    /// <returns>Whether there was something to kill.</returns>
    public bool Kill() => End(Signals.Kill);

    /// <summary>Asks it to end.</summary>
    public bool Stop() => End(Signals.Terminate);

    /// <summary>Sends a signal that leaves it there.</summary>
    public bool Signal(int signal) => Alive && Signals.Send(Id, signal);

    /// <summary>Stops it and waits until it has ended.</summary>
    public Task EndAsync()
    {
        Stop();
        return EndedAsync();
    }

    public async Task EndedAsync()
    {
        if (process is not null) await process.WaitForExitAsync();
    }

    public void Dispose() => process?.Dispose();

    private bool End(int signal)
    {
        wanted = false;
        return Alive && Signals.Send(Id, signal);
    }

    private async Task KeepAsync(Process running)
    {
        await running.WaitForExitAsync();
        if (!wanted || running != process) return;
        Ended++;
        await File.AppendAllTextAsync(log, $"[faults] {name} ended by itself with {running.ExitCode}.\n");
        await Task.Delay(Pause);
        if (wanted && running == process) Start();
    }
}

/// <summary>The checkout that this program was built from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Das.Pipeline.sln"))) return folder.FullName;
        throw new DasException(ErrorKind.Usage, $"No Das.Pipeline.sln above {AppContext.BaseDirectory}.");
    }
}
