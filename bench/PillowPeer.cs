using System.Text.Json;

namespace Das.Bench;

/// <summary>Pillow in a process of its own, <c>bench/pillow.py</c>, on one thread: the same pictures to the same sizes.</summary>
internal sealed class PillowPeer : IDisposable
{
    private readonly Process process;
    private readonly bool processorTime;

    /// <param name="wanted">Pictures, and the sizes they are resized to.</param>
    /// <param name="processorTime">Whether seconds are its processor's.</param>
    /// <exception cref="IOException">There is no Python with Pillow.</exception>
    public PillowPeer(IEnumerable<(string File, int Width, int Height)> wanted, bool processorTime)
    {
        this.processorTime = processorTime;
        ProcessStartInfo start = new("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "pillow.py")])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        process = Process.Start(start) ?? throw new IOException("/usr/bin/python3 did not start.");
        process.StandardInput.WriteLine(JsonSerializer.Serialize(wanted.Select(w => new object[] { w.File, w.Width, w.Height })));
        process.StandardInput.Flush();
        Version = process.StandardOutput.ReadLine() is [_, ..] version ? version
            : throw new IOException("Python has no Pillow: apt-get install python3-pil.");
    }

    /// <summary>Pillow's.</summary>
    public string Version { get; }

    /// <summary>What the last piece of work took.</summary>
    public double Seconds { get; private set; }

    /// <param name="what"><c>decode</c>, or <c>ready</c>: decode and resize.</param>
    public void Do(string what)
    {
        process.StandardInput.WriteLine(what);
        process.StandardInput.Flush();
        string[] seconds = (process.StandardOutput.ReadLine() ?? throw new IOException("Pillow's process ended.")).Split(' ');
        Seconds = double.Parse(seconds[processorTime ? 1 : 0], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
