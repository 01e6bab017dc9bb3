using System.Runtime;

namespace Das.Training;

/// <summary>
/// Keeps the garbage collector out of native calls. TorchSharp 0.107 hands a <c>Scalar</c>'s handle to libtorch without
/// keeping the object alive: a collection started by another thread (the one that prepares batches) may finalize it while
/// libtorch still reads it, which ends in "Exception raised from toFloat". Between two safe points no collection happens;
/// what was unreachable by then is no longer in use.
/// </summary>
public sealed class CollectionPause : IDisposable
{
    private const long Budget = 192L << 20, Refill = Budget / 3;
    private static readonly Lock Gate = new();
    private static int holders;
    private static long startedAt;

    public CollectionPause()
    {
        lock (Gate)
            if (holders++ == 0) Begin();
    }

    /// <summary>To be called between steps, when no native call of this thread is under way: collects if much has been allocated.</summary>
    public static void SafePoint()
    {
        lock (Gate)
        {
            if (holders != 1 || GC.GetTotalAllocatedBytes() - startedAt < Refill) return;
            End();
            Begin();
        }
    }

    public void Dispose()
    {
        lock (Gate)
            if (--holders == 0) End();
    }

    private static void Begin()
    {
        startedAt = GC.GetTotalAllocatedBytes();
        GC.TryStartNoGCRegion(Budget);
    }

    private static void End()
    {
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion) GC.EndNoGCRegion();
    }
}
