using System.Runtime.InteropServices;

namespace Das.Bench;

/// <summary>Resident memory around something that was done (Linux).</summary>
/// <param name="Before">Bytes.</param>
/// <param name="Peak">Bytes, at the most.</param>
internal sealed record MemoryUse(double Before, double Peak)
{
    private const string Status = "/proc/self/status", ClearReferences = "/proc/self/clear_refs", PeakMemory = "VmHWM:", Memory = "VmRSS:";

    /// <summary>Bytes that came on top of those before.</summary>
    public double Added => Peak - Before;

    /// <exception cref="IOException">The system does not tell a process's peak memory.</exception>
    public static void ThrowIfUnknown()
    {
        if (!File.Exists(ClearReferences)) throw new IOException($"There is no {ClearReferences}: peak memory can be measured on Linux alone.");
    }

    public static MemoryUse Of(Action action)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        ReturnFreedMemory(0);
        File.WriteAllText(ClearReferences, "5"); // begins the peak anew
        double before = Bytes(Memory);
        action();
        return new(before, Bytes(PeakMemory));
    }

    /// <summary>glibc keeps what was freed; a peak over memory that is already there would be none.</summary>
    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReturnFreedMemory(nuint keep);

    private static double Bytes(string field) =>
        1024 * double.Parse(File.ReadLines(Status).First(line => line.StartsWith(field, StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
