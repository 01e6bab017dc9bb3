using RabbitMQ.Client;

namespace Das.Disturbances;

/// <summary>Many small messages and many short runs, and what the processes hold after each tenth of them.</summary>
internal static class Load
{
    private const int Tenths = 10, Together = 10;

    /// <param name="folder">Of the deployment.</param>
    /// <param name="messages">Progress, commands of finished stages and events of an ended run, each published again and again.</param>
    /// <param name="runs">Of a recipe whose stages are finished: they are found, not computed.</param>
    /// <param name="tell">Takes the lines of the table.</param>
    public static async Task RunAsync(string folder, long messages, long runs, Action<string> tell)
    {
        string heaps = Path.Combine(folder, "heaps");
        Directory.CreateDirectory(heaps);
        await using Fleet fleet = await Fleet.StartAsync(Path.Combine(folder, "fleet"), Setting.Plain, Memory.Environment(heaps), workers: 1);
        fleet.Traffic.Begin([]);
        Guid first = await fleet.Site.StartAsync(Tiny.Quick.Request("first", fresh: false));
        await Runs.EndedAsync(fleet.Site, first, TimeSpan.FromMinutes(3));
        Message[] seen = [.. fleet.Traffic.Seen.Where(p => p.Act == Act.Publish && p.Message is { } m && (m.Asks ?? m.Answers ?? m.Tells) is not null)
            .Select(p => p.Message!)];

        tell($"| after | {string.Join(" | ", fleet.Services.Select(service => $"{service.Name}: heap, resident (MB)"))} | seconds |");
        tell($"|---|{string.Concat(fleet.Services.Select(_ => "---|"))}---|");
        List<Memory[]> messageTable = [], runTable = [];
        for (int tenth = 1; tenth <= Tenths; tenth++)
            messageTable.Add(await TellAsync($"{messages * tenth / Tenths} messages", () => PublishAsync(fleet, seen, (int)(messages / Tenths))));
        for (int tenth = 1; tenth <= Tenths; tenth++)
            runTable.Add(await TellAsync($"{runs * tenth / Tenths} runs", () => RunAsync(fleet, first, tenth, (int)(runs / Tenths))));
        foreach ((string what, List<Memory[]> table) in new[] { ("messages", messageTable), ("runs", runTable) })
            for (int i = 0; i < fleet.Services.Count; i++)
                tell(string.Create(CultureInfo.InvariantCulture, $"{fleet.Services[i].Name}, {what}: heap {Megabytes(table[0][i].Heap):0.0} to "
                    + $"{Megabytes(table[^1][i].Heap):0.0} MB, resident {Megabytes(table[0][i].Resident):0} to {Megabytes(table[^1][i].Resident):0} MB"));

        async Task<Memory[]> TellAsync(string what, Func<Task> work)
        {
            Stopwatch watch = Stopwatch.StartNew();
            fleet.Traffic.Begin([]);
            await work();
            double seconds = watch.Elapsed.TotalSeconds;
            List<Memory> held = [];
            foreach (Service service in fleet.Services) held.Add(await Memory.OfAsync(service, heaps));
            tell(string.Create(CultureInfo.InvariantCulture, $"| {what} | {string.Join(" | ", held.Select(memory => string.Create(CultureInfo.InvariantCulture,
                $"{Megabytes(memory.Heap):0.0}, {Megabytes(memory.Resident):0}")))} | {seconds:0} |"));
            return [.. held];
        }
    }

    private static double Megabytes(long bytes) => bytes / 1e6;

    /// <summary>Publishes so many and waits until every queue is empty and nothing is unacknowledged.</summary>
    private static async Task PublishAsync(Fleet fleet, Message[] seen, int count)
    {
        await using IConnection connection = await new ConnectionFactory { HostName = "127.0.0.1", Port = fleet.Broker.Port }.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        BasicProperties properties = new() { ContentType = "application/vnd.masstransit+json", DeliveryMode = DeliveryModes.Persistent };
        for (int i = 0; i < count; i++)
            await channel.BasicPublishAsync(seen[i % seen.Length].Exchange, "", mandatory: false, properties, seen[i % seen.Length].Body);
        string[] queues = ["das-run-state", .. PipelineStages.Das.Names.Select(stage => $"das-{stage}")];
        while (true)
        {
            uint waiting = 0;
            foreach (string queue in queues) waiting += await channel.MessageCountAsync(queue);
            if (waiting == 0 && fleet.Services.All(service => service.Link.Open.Count == 0)) return;
            await Task.Delay(200);
        }
    }

    private static async Task RunAsync(Fleet fleet, Guid first, int tenth, int count)
    {
        for (int i = 0; i < count; i += Together)
        {
            Guid[] begun = await Task.WhenAll(Enumerable.Range(i, Math.Min(Together, count - i))
                .Select(number => fleet.Site.StartAsync(Tiny.Quick.Request($"load {tenth} {number}", fresh: false))));
            foreach (Guid run in begun)
                if (Runs.StateOf(await Runs.EndedAsync(fleet.Site, run, TimeSpan.FromMinutes(2))) != Runs.Completed)
                    throw new DasException(ErrorKind.Machine, $"Run {run:N} of the load did not complete ({first:N} did).");
        }
    }
}
