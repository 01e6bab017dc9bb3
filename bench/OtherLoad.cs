namespace Das.Bench;

/// <summary>How much of the machine other processes took while something was timed (Linux; elsewhere always 0).</summary>
internal sealed class OtherLoad
{
    private const string Statistics = "/proc/stat";
    private const double TicksPerSecond = 100; // USER_HZ, which Linux fixes for user space
    private readonly double busy = Busy(), own = Own();
    private readonly long start = Stopwatch.GetTimestamp();

    /// <summary>Since this was made: the others' processor time over all processors' time, 0 to 1.</summary>
    public double Share() => Math.Max(0, Busy() - busy - (Own() - own)) / (Stopwatch.GetElapsedTime(start).TotalSeconds * Environment.ProcessorCount);

    /// <summary>Seconds that the processors have worked in user and kernel mode, or were taken by the host.</summary>
    private static double Busy()
    {
        if (!File.Exists(Statistics)) return Own();
        double[] ticks = [.. File.ReadLines(Statistics).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        return (ticks[0] + ticks[1] + ticks[2] + ticks[7]) / TicksPerSecond; // user, nice, system, steal
    }

    private static double Own() => Environment.CpuUsage.TotalTime.TotalSeconds;
}
