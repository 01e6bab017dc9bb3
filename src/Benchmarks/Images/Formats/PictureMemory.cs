namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// A share of the memory that this process has for pictures held as a whole. Who asks for more than is left waits until enough is given back, so
/// that pictures decoded at once do not add up; one that alone takes more than there is waits until no other is held.
/// </summary>
public sealed class PictureMemory : IDisposable
{
    /// <summary>Bytes for all pictures held as a whole at one time.</summary>
    public const long Most = 256L << 20;

    private static readonly Lock Gate = new();
    private static readonly ManualResetEventSlim GivenBack = new(true);
    private static long used;

    /// <summary>A thread that holds a share is not made to wait for another: it might wait for itself.</summary>
    [ThreadStatic]
    private static int held;

    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly long bytes;
    private bool givenBack;

    private PictureMemory(long bytes) => this.bytes = bytes;

    /// <summary>Waits for the share of a picture of that size.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="bytesPerPixel">All copies counted.</param>
    public static PictureMemory Take(long width, long height, int bytesPerPixel)
    {
        long bytes = width * height * bytesPerPixel;
        while (true)
        {
            lock (Gate)
            {
                if (held > 0 || used == 0 || used + bytes <= Most)
                {
                    used += bytes;
                    held++;
                    return new(bytes);
                }
                GivenBack.Reset();
            }
            GivenBack.Wait();
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (givenBack) return;
            givenBack = true;
            used -= bytes;
            if (thread == Environment.CurrentManagedThreadId) held--;
            GivenBack.Set();
        }
    }
}
