using System.ComponentModel;

namespace Das.Bench;

/// <summary>Another program that does the same work, in a process of its own: a line for each round, answered by its seconds.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process process;
    private readonly bool processorTime;

    /// <param name="command">Program and arguments.</param>
    /// <param name="first">Lines that it is told at the start.</param>
    /// <param name="missing">What to do where it does not start.</param>
    /// <param name="processorTime">Whether seconds are its processors'.</param>
    /// <exception cref="IOException">It does not start.</exception>
    public Peer(IReadOnlyList<string> command, IEnumerable<string> first, string missing, bool processorTime)
    {
        this.processorTime = processorTime;
        try
        {
            process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{missing} ({e.Message})", e);
        }
        foreach (string line in first) process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        Greeting = process.StandardOutput.ReadLine() ?? throw new IOException(missing);
    }

    /// <summary>Its first line.</summary>
    public string Greeting { get; }

    /// <summary>What it answered last, behind its seconds.</summary>
    public IReadOnlyList<string> Answer { get; private set; } = [];

    /// <summary>Work of one round.</summary>
    public Contender On(string name, string line)
    {
        double seconds = 0;
        return new(name, () => seconds = Do(line), () => seconds);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private double Do(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        string[] parts = (process.StandardOutput.ReadLine() ?? throw new IOException("The other program ended.")).Split(' ');
        Answer = parts[2..];
        return double.Parse(parts[processorTime ? 1 : 0], CultureInfo.InvariantCulture);
    }
}
