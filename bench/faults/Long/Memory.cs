namespace Das.Disturbances;

/// <summary>What a process holds, after it has collected its garbage.</summary>
/// <param name="Heap">Managed memory in bytes.</param>
/// <param name="Resident">All of its memory that is not swapped out, in bytes.</param>
internal sealed record Memory(long Heap, long Resident)
{
    /// <summary>Where the processes write their heaps down.</summary>
    public const string Variable = "FAULTS_HEAP";

    /// <summary>What makes the processes do so.</summary>
    public static Dictionary<string, string> Environment(string folder) => new()
    {
        [Variable] = folder, ["DOTNET_STARTUP_HOOKS"] = typeof(Memory).Assembly.Location,
    };

    /// <exception cref="DasException">The process does not answer.</exception>
    public static async Task<Memory> OfAsync(Service service, string folder)
    {
        string file = Path.Combine(folder, $"{service.Id}");
        File.Delete(file);
        service.Signal(Signals.User1);
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30); await Task.Delay(50))
            if (File.Exists(file))
                return new(long.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture), ResidentOf(service.Id));
        throw new DasException(ErrorKind.Machine, $"{service.Name} did not say what it holds.");
    }

    private static long ResidentOf(int process) => 1024 * File.ReadLines($"/proc/{process}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)).Single();
}
