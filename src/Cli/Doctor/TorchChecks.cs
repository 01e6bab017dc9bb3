using System.Diagnostics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Das.Cli.Doctor;

/// <summary>Does libtorch work here, and on what?</summary>
public static class TorchChecks
{
    public static Check Loads() => Guarded("torch", () =>
    {
        using var scope = NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        float sum = ones(64, 64).matmul(ones(64, 64)).sum().item<float>();
        return sum == 64 * 64 * 64
            ? new("torch", true, $"libtorch {__version__}: a matrix product in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms")
            : new("torch", false, $"a matrix product gave {sum} instead of {64 * 64 * 64}",
                "This processor or build of libtorch is broken; try another machine.");
    });

    public static Check Threads() => Guarded("threads", () =>
    {
        int threads = get_num_threads();
        return new("threads", true, $"{threads} for {Environment.ProcessorCount} processors",
            threads > Environment.ProcessorCount ? "More threads than processors is slow: set OMP_NUM_THREADS." : null);
    });

    public static Check Gpu() => Guarded("gpu", () => cuda.is_available()
        ? new("gpu", true, $"CUDA with {cuda.device_count()} device(s)")
        : new("gpu", true, "none: runs use the processor", RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? null
            : "With an NVIDIA GPU: Torch=cuda ./das doctor builds with CUDA."));

    private static Check Guarded(string name, Func<Check> check)
    {
        try
        {
            return check();
        }
        catch (Exception e)
        {
            return new(name, false, $"libtorch does not load: {e.GetBaseException().Message}",
                "Rebuild (delete src/Cli/bin); on Linux libtorch needs glibc 2.28 and libstdc++ of GCC 11 or newer.");
        }
    }
}
