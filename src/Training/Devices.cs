namespace Das.Training;

/// <summary>Where tensors live and compute.</summary>
public static class Devices
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Waits for the process's turn to compute: torch's random generator and its threads are shared by all of it. Disposing ends the turn.</summary>
    public static async Task<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        await Gate.WaitAsync(cancellation);
        return new Turn();
    }

    private sealed class Turn : IDisposable
    {
        public void Dispose() => Gate.Release();
    }

    /// <summary>Whether a recipe's <c>device</c> is this machine's processor.</summary>
    public static bool IsCpu(string device) => device == "cpu" || (device == "auto" && !cuda.is_available());

    /// <summary>The device of a recipe's <c>device</c>: <c>auto</c> is the first GPU where there is one.</summary>
    /// <exception cref="ArgumentException">A GPU is asked for that is not there.</exception>
    public static Device Resolve(string device)
    {
        if (IsCpu(device)) return CPU;
        int index = device.StartsWith("cuda:", StringComparison.Ordinal) ? int.Parse(device[5..], System.Globalization.CultureInfo.InvariantCulture) : 0;
        return index < cuda.device_count() ? new Device(DeviceType.CUDA, index)
            : throw new DasException(ErrorKind.Machine,
                $"device is '{device}', but torch sees {cuda.device_count()} GPUs. Build with -p:Torch=cuda, or set device to cpu.");
    }
}
