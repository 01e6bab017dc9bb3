using System.Runtime.InteropServices;

namespace Das.Bench;

/// <summary>What a figure depends on besides the code.</summary>
internal static class Machine
{
    /// <summary>Processor, cores, threads, libtorch, runtime and system in one line.</summary>
    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} cores; torch threads: {get_num_threads()}; libtorch {__version__}; "
            + $"{RuntimeInformation.FrameworkDescription}; {RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}";

    private static string Processor()
    {
        const string linux = "/proc/cpuinfo";
        string? named = File.Exists(linux) ? File.ReadLines(linux).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return named?[(named.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unnamed processor";
    }
}
