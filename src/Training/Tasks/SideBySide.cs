using System.Runtime.ExceptionServices;

namespace Das.Training.Tasks;

/// <summary>
/// Independent work on as many threads as torch would spread one operation over, each of which computes its operations alone:
/// small operations are not worth being divided, and a thread that another process holds up holds up no other.
/// </summary>
internal static class SideBySide
{
    /// <param name="count">Number of pieces.</param>
    /// <param name="device">Where they compute; off the CPU one thread takes all, as one device does.</param>
    /// <param name="piece">Does piece i without gradients. Its result may not depend on which others are done.</param>
    public static void ForEach(int count, Device device, Action<int> piece)
    {
        int width = get_num_threads(), next = -1;
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, device.type == DeviceType.CPU ? Math.Min(width, count) : 1).Select(_ => new Thread(Work))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        set_num_threads(width);
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);

        void Work()
        {
            try
            {
                set_num_threads(device.type == DeviceType.CPU ? 1 : width);
                using IDisposable frozen = no_grad();
                for (int i; failure is null && (i = Interlocked.Increment(ref next)) < count;) piece(i);
            }
            catch (Exception thrown)
            {
                Interlocked.CompareExchange(ref failure, thrown, null);
            }
        }
    }
}
