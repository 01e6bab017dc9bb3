using System.IO.MemoryMappedFiles;

namespace Das.Fuzz;

/// <summary>
/// Inputs in child processes with bounds on memory and on the time of one input: what ends a child, or lets it stand still, is an outcome of the input
/// it was at, and the next child goes on behind it. What has been counted is kept in a file, from which a campaign goes on.
/// </summary>
/// <param name="reader">What reads the inputs.</param>
/// <param name="seed">Of the campaign.</param>
/// <param name="stateFolder">Where the counts are kept.</param>
/// <param name="limits">Of a child.</param>
internal sealed class Campaign(Reader reader, ulong seed, string stateFolder, Limits limits)
{
    private const string ChildVerb = "child";

    /// <summary>Stands for the number of an input before the first.</summary>
    private const long Starting = -1;

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = false };

    private string StateFile => Path.Combine(stateFolder, $"{reader.Name}-{seed}.json");

    /// <summary>Goes on until so many inputs have been read.</summary>
    public Tally Run(long inputs, Action<Tally> progress)
    {
        Directory.CreateDirectory(stateFolder);
        Tally tally = File.Exists(StateFile) ? JsonSerializer.Deserialize<Tally>(File.ReadAllText(StateFile), Json)! : new();
        while (tally.Next < inputs)
        {
            long[] skipped = [.. tally.Findings.Where(f => f.Outcome is Outcome.Crash or Outcome.Hang && f.Index >= tally.Next).Select(f => f.Index)];
            string[] arguments = [ChildVerb, reader.Name, $"{seed}", $"{tally.Next}", $"{inputs}", string.Join(',', skipped)];
            if (Ended(arguments, line =>
            {
                tally.Add(JsonSerializer.Deserialize<Tally>(line, Json)!);
                Save(tally);
                progress(tally);
            }) is { } end)
            {
                tally.Found(end.Index, end.Outcome, end.What);
                Save(tally);
            }
        }
        return tally;
    }

    /// <summary>What comes of one file, in a child of its own.</summary>
    public Finding Known(string path, Action<string> line) => Ended(["known", reader.Name, path, "", "", ""], line) ?? new(0, Outcome.Read, "");

    /// <summary>Runs work where a stack is as small as in the threads that the product reads in.</summary>
    public static void OnSmallStack(Action work)
    {
        const int bytes = 3 << 19;
        Thread thread = new(() => work(), bytes);
        thread.Start();
        thread.Join();
    }

    /// <summary>The child's side of <see cref="Run"/>.</summary>
    public static void Child(string[] arguments)
    {
        Reader reader = Reader.Get(arguments[1]);
        (ulong seed, long from, long to) = (ulong.Parse(arguments[2], CultureInfo.InvariantCulture), Number(arguments[3]), Number(arguments[4]));
        HashSet<long> skipped = [.. arguments[5].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)];
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(arguments[6], FileMode.Open);
        using MemoryMappedViewAccessor current = file.CreateViewAccessor();
        _ = reader.Seeds;
        using StreamWriter output = new(Console.OpenStandardOutput());
        Runner.Run(reader, seed, Numbers(from, to).Where(index => !skipped.Contains(index)), index => current.Write(0, index), tally =>
        {
            output.WriteLine(JsonSerializer.Serialize(tally, Json));
            output.Flush();
        });
        if (skipped.Count > 0 && skipped.Max() == to - 1) output.WriteLine(JsonSerializer.Serialize(new Tally { Next = to }, Json));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<long> Numbers(long from, long to)
    {
        for (long index = from; index < to; index++) yield return index;
    }

    private void Save(Tally tally)
    {
        File.WriteAllText(StateFile + ".tmp", JsonSerializer.Serialize(tally, Json));
        File.Move(StateFile + ".tmp", StateFile, overwrite: true);
    }

    /// <summary>Runs a child to its end; null where it ended as it should.</summary>
    private Finding? Ended(string[] arguments, Action<string> line)
    {
        string currentFile = Path.GetTempFileName();
        File.WriteAllBytes(currentFile, BitConverter.GetBytes(Starting));
        try
        {
            using Process child = Start([.. arguments, currentFile]);
            object gate = new();
            StringBuilder said = new();
            child.OutputDataReceived += (_, e) =>
            {
                if (e.Data is { } text) lock (gate) line(text);
            };
            child.ErrorDataReceived += (_, e) =>
            {
                if (e.Data is { } text && said.Length < 2000) said.Append(text).Append(' ');
            };
            child.BeginOutputReadLine();
            child.BeginErrorReadLine();
            long last = -1;
            Stopwatch since = Stopwatch.StartNew();
            while (!child.WaitForExit(100))
            {
                long now = Current(currentFile);
                if (now != last) (last, since) = (now, Stopwatch.StartNew());
                if (since.Elapsed < (last == Starting ? LongestStart : limits.Input)) continue;
                child.Kill(entireProcessTree: true);
                child.WaitForExit();
                if (last == Starting) throw new DasException(ErrorKind.Machine, $"A child process did not start within {LongestStart.TotalSeconds} s.");
                return new(last, Outcome.Hang, $"no answer within {limits.Input.TotalSeconds} s");
            }
            child.WaitForExit();
            last = Current(currentFile);
            if (child.ExitCode != 0 && last == Starting)
                throw new DasException(ErrorKind.Machine, $"A child process ended before its first input: {said.ToString().Trim()}");
            return child.ExitCode == 0 ? null : new(last, Outcome.Crash, $"exit code {child.ExitCode}: {said.ToString().Trim()}");
        }
        finally
        {
            File.Delete(currentFile);
        }
    }

    private static long Current(string file) => BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(file));

    private Process Start(string[] arguments)
    {
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"ulimit -c 0; ulimit -v {limits.AddressSpace >> 10}; exec \"$0\" \"$@\"");
        start.ArgumentList.Add(Environment.ProcessPath!);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_GCHeapHardLimit"] = limits.Heap.ToString("x", CultureInfo.InvariantCulture);
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }
}

/// <summary>Bounds of a child process.</summary>
/// <param name="Heap">Managed memory in bytes.</param>
/// <param name="AddressSpace">All of its memory, libraries and reservations included, in bytes.</param>
/// <param name="Input">Time of one input.</param>
internal sealed record Limits(long Heap, long AddressSpace, TimeSpan Input);
