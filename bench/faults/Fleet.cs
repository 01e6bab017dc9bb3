namespace Das.Disturbances;

/// <summary>How a broker and the clocks of a part of the campaign are set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Broker">Lines of <c>rabbitmq.conf</c>.</param>
/// <param name="Advanced">Its <c>advanced.config</c>.</param>
/// <param name="OwnClock">Every process has a clock that the program can step.</param>
internal sealed record Setting(string Name, string Broker, string? Advanced = null, bool OwnClock = false)
{
    /// <summary>A peer that is silent for two heartbeats is given up: seconds instead of the minutes that are usual.</summary>
    private const string Heartbeat = "heartbeat = 6";

    public static readonly Setting Plain = new("plain", Heartbeat);

    public static readonly Setting Clocks = new("clocks", Heartbeat, OwnClock: true);

    /// <summary>A command that is not acknowledged within five seconds is taken away; the broker looks every second.</summary>
    public static readonly Setting Impatient = new("impatient", "consumer_timeout = 5000", "[{rabbit, [{channel_tick_interval, 1000}]}].\n");
}

/// <summary>A deployment: broker, <c>das serve</c> and two workers of every stage, each with a link of its own, over one home on a small disk.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    public const string Serve = "serve";
    private const int Workers = 2;
    private readonly List<Service> services = [];
    private readonly Setting setting;
    private readonly OwnClock clock;

    private Fleet(string folder, Setting setting)
    {
        (Folder, this.setting, clock) = (folder, setting, new(folder));
        Broker = new(Path.Combine(folder, "broker"), setting.Broker, setting.Advanced);
        Home = new(Path.Combine(folder, "home"));
        Artifacts = new(Path.Combine(Home.Folder, "artifacts"));
        Site = new();
    }

    public string Folder { get; }

    public RabbitMqNode Broker { get; }

    /// <summary>The disk that <c>DAS_HOME</c> is.</summary>
    public SmallDisk Home { get; }

    /// <summary>The disk of the artifacts below it.</summary>
    public SmallDisk Artifacts { get; }

    public Traffic Traffic { get; } = new();

    public Site Site { get; }

    public Setting Setting => setting;

    public IReadOnlyList<Service> Services => services;

    public string Logs => Path.Combine(Folder, "log");

    public Service this[string name] => services.Single(service => service.Name == name);

    /// <summary>A fleet in a folder of its own, which is emptied before.</summary>
    /// <param name="folder">Home, broker and logs lie here.</param>
    /// <param name="setting">How broker and clocks are set.</param>
    /// <param name="more">Variables of every process.</param>
    /// <param name="workers">Of each stage.</param>
    public static async Task<Fleet> StartAsync(string folder, Setting setting, IReadOnlyDictionary<string, string>? more = null, int workers = Workers)
    {
        ProcessTree.EndAllOf(folder);
        SmallDisk.Unmount(Path.Combine(folder, "home", "artifacts"));
        SmallDisk.Unmount(Path.Combine(folder, "home"));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Fleet fleet = new(folder, setting);
        try
        {
            await fleet.BeginAsync(more, workers);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Everything runs, is connected and answers.</summary>
    public async Task ReadyAsync()
    {
        foreach (Service service in services)
        {
            service.Link.Flow();
            service.Link.Delay = TimeSpan.Zero;
            service.Signal(Signals.Continue);
            service.Start();
        }
        await Site.ReadyAsync();
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(2); await Task.Delay(100))
            if (services.TrueForAll(service => service.Link.Consumers > 1)) return;
        throw new DasException(ErrorKind.Machine,
            $"Not at work after two minutes: {string.Join(", ", services.Where(service => service.Link.Consumers < 2).Select(service => service.Name))}.");
    }

    /// <summary>Sets a process's clock.</summary>
    public void Step(string service, TimeSpan from) => clock.Step(service, from);

    /// <summary>How a process's clock was set when the process read it last.</summary>
    public TimeSpan ReadOf(string service) => clock.ReadOf(service);

    public async ValueTask DisposeAsync()
    {
        foreach (Service service in services)
        {
            service.Signal(Signals.Continue);
            service.Kill();
            await service.EndedAsync();
            service.Dispose();
            await service.Link.DisposeAsync();
        }
        await Broker.DisposeAsync();
        Artifacts.Dispose();
        Home.Dispose();
        Site.Dispose();
    }

    private async Task BeginAsync(IReadOnlyDictionary<string, string>? more, int workers)
    {
        Directory.CreateDirectory(Logs);
        Home.Mount();
        Artifacts.Mount();
        if (setting.OwnClock) clock.Make();
        await Broker.StartAsync();
        Add(Serve, ["serve", "--urls", Site.Address], more);
        foreach (string stage in PipelineStages.Das.Names)
            for (int i = 1; i <= workers; i++) Add($"{stage}-{i}", ["worker", stage], more);
        await ReadyAsync();
    }

    private void Add(string name, string[] arguments, IReadOnlyDictionary<string, string>? more)
    {
        Dictionary<string, string> environment = new(more ?? new Dictionary<string, string>())
        {
            ["DAS_HOME"] = Home.Folder, ["OMP_NUM_THREADS"] = "1", ["DAS_BUS__TRANSPORT"] = "rabbitmq", ["DAS_BUS__HOST"] = "127.0.0.1",
            ["DOTNET_TieredPGO"] = "0", // started often, and seldom long at work
        };
        if (setting.OwnClock)
            foreach ((string variable, string value) in clock.Of(name)) environment[variable] = value;
        services.Add(new(name, new(name, () => Broker.Port, Traffic.PassAsync), arguments, environment, Path.Combine(Logs, $"{name}.log")));
    }
}

/// <summary>A disk of a few hundred megabytes in memory, which can be filled up.</summary>
internal sealed class SmallDisk(string folder) : IDisposable
{
    private const string Size = "384m";

    private string Ballast => Path.Combine(folder, ".ballast");

    public string Folder => folder;

    /// <exception cref="DasException">The system does not let this user mount it.</exception>
    public void Mount()
    {
        Directory.CreateDirectory(folder);
        Tools.Run("mount", "-t", "tmpfs", "-o", $"size={Size}", folder, folder); // named after itself: it is seen whose it is
    }

    /// <summary>Leaves so many bytes free.</summary>
    public void Fill(long rest)
    {
        using FileStream ballast = new(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        long free = new DriveInfo(folder).AvailableFreeSpace - rest;
        byte[] block = new byte[1 << 16];
        try
        {
            for (; free > 0; free -= block.Length) ballast.Write(block, 0, (int)Math.Min(block.Length, free));
        }
        catch (IOException) { /* Others have written meanwhile: it is as full as can be. */ }
    }

    public void Free() => File.Delete(Ballast);

    public void Dispose() => Unmount(folder);

    public static void Unmount(string folder)
    {
        if (File.ReadLines("/proc/mounts").Any(line => line.Split(' ')[1] == folder)) Tools.Run("umount", "-l", folder);
    }
}
