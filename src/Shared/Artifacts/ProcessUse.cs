namespace Das.Artifacts;

/// <summary>What this process takes of its machine.</summary>
internal sealed class ProcessUse
{
    private const double Gibi = 1 << 30;
    private long _at = Stopwatch.GetTimestamp();
    private TimeSpan _processor = Environment.CpuUsage.TotalTime;

    /// <summary><c>memory</c>, the working set in GiB, and <c>cores</c>, how many were busy on average since the last call.</summary>
    public IEnumerable<KeyValuePair<string, double>> Since()
    {
        (long at, TimeSpan processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        double cores = (processor - _processor) / Stopwatch.GetElapsedTime(_at, at);
        (_at, _processor) = (at, processor);
        yield return new(CurveNames.Memory, Environment.WorkingSet / Gibi);
        if (double.IsFinite(cores)) yield return new(CurveNames.Cores, cores);
    }
}
