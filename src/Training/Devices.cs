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

    /// <summary>The environment variable that says what the machines have that compute for runs begun here.</summary>
    public const string Variable = "DAS_DEVICE";

    /// <summary>
    /// What <c>auto</c> stands for in the recipes of runs begun here: what <see cref="Variable"/> says, else this machine's first GPU, else its processor.
    /// It is asked when it is needed, as the look for a GPU takes a second.
    /// </summary>
    /// <exception cref="DasException">The variable names no device.</exception>
    public static Func<string> Auto() => Auto(Environment.GetEnvironmentVariable(Variable));

    /// <inheritdoc cref="Auto()"/>
    /// <param name="said">The variable's value.</param>
    public static Func<string> Auto(string? said) => said switch
    {
        null or "" => () => cuda.is_available() ? "cuda" : "cpu",
        not Recipe.Auto when RecipeValidator.IsDevice(said) => () => said,
        _ => throw new DasException(ErrorKind.Usage, $"{Variable} is '{said}', which is no device: set it to cpu, cuda or cuda:n, or unset it."),
    };

    /// <summary>A recipe's <c>device</c> with <c>auto</c> decided.</summary>
    public static string Decided(string device) => device == Recipe.Auto ? Auto()() : device;

    /// <summary>Whether a recipe's <c>device</c> is this machine's processor.</summary>
    public static bool IsCpu(string device) => Decided(device) == "cpu";

    /// <summary>The device of a recipe's <c>device</c>.</summary>
    /// <exception cref="DasException">A GPU is asked for that is not there.</exception>
    public static Device Resolve(string device)
    {
        device = Decided(device);
        if (device == "cpu") return CPU;
        int index = device.StartsWith("cuda:", StringComparison.Ordinal) ? int.Parse(device[5..], System.Globalization.CultureInfo.InvariantCulture) : 0;
        return index < cuda.device_count() ? new Device(DeviceType.CUDA, index)
            : throw new DasException(ErrorKind.Machine,
                $"device is '{device}', but torch sees {cuda.device_count()} GPUs on this machine. Build with -p:Torch=cuda, or set device to cpu; a recipe "
                + $"that says auto gets what the server of the run has, or what {Variable} says there.");
    }
}
