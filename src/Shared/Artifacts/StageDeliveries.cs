namespace Das.Artifacts;

/// <summary>
/// How often work on a key was begun and did not come to an end: its process was killed, or it crashed. A cancellation, a stop and a failure with a
/// sentence are ends.
/// </summary>
/// <param name="Begun">Times since the last end.</param>
/// <param name="InVain">Of those, the last ones in a row that kept nothing new.</param>
/// <param name="KeptBytes">The most that the folder has held.</param>
/// <param name="Host">Where it was begun last.</param>
/// <param name="Process">Its process.</param>
/// <param name="Attempts">Run → the highest attempt that asked for the work.</param>
internal sealed record StageDeliveries(int Begun, int InVain, long KeptBytes, string Host, int Process, Dictionary<Guid, int> Attempts)
{
    /// <summary>The file that holds it, in the stage's folder.</summary>
    private const string FileName = ".begun";

    /// <summary>Counts one more.</summary>
    /// <returns>Which time since the last end it is: 1 unless a process was lost.</returns>
    /// <exception cref="DasException">Too many in a row have kept nothing. A higher attempt of its run begins anew.</exception>
    public static int Begin(StageRequest request, string folder, int most)
    {
        string path = Path.Combine(folder, FileName);
        StageDeliveries last = Read(path);
        long kept = Kept(folder);
        if (last.Attempts.TryGetValue(request.RunId, out int attempt) && request.Attempt > attempt) last = last with { Begun = 0, InVain = 0 };
        if (kept > last.KeptBytes) last = last with { InVain = 0, KeptBytes = kept };
        last.Attempts[request.RunId] = Math.Max(attempt, request.Attempt);
        bool refused = last.InVain >= most;
        if (!refused)
            last = last with { Begun = last.Begun + 1, InVain = last.InVain + 1, Host = Environment.MachineName, Process = Environment.ProcessId };
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(last));
        return !refused ? last.Begun : throw new DasException(ErrorKind.Machine, string.Create(CultureInfo.InvariantCulture,
            $"Work on {request.Stage}/{request.Key[..Math.Min(12, request.Key.Length)]}… ended its process {last.InVain} times in a row, the last time on "
            + $"host {last.Host} (process {last.Process}): look at its log; Retry starts counting anew."));
    }

    /// <summary>The work has come to an end, whichever; unless it is another's by now.</summary>
    public static void End(string folder, StageLock owned)
    {
        try
        {
            if (owned.Holds()) File.Delete(Path.Combine(folder, FileName));
        }
        catch (Exception stays) when (stays is IOException or UnauthorizedAccessException) { /* Counted once too often. */ }
    }

    /// <summary>"1st", "2nd", "13th".</summary>
    public static string Ordinal(int number) => string.Create(CultureInfo.InvariantCulture, $"{number}") + (number % 100, number % 10) switch
    {
        (>= 11 and <= 13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };

    private static StageDeliveries Read(string path)
    {
        try
        {
            if (File.Exists(path) && JsonSerializer.Deserialize<StageDeliveries>(File.ReadAllBytes(path)) is { Attempts: not null } read) return read;
        }
        catch (JsonException) { /* A file that a fault of the disk damaged counts nothing. */ }
        return new(0, 0, 0, "", 0, []);
    }

    /// <summary>Bytes that work is resumed from, or that are part of its result; not what says who works and how.</summary>
    private static long Kept(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(file => !file.Name.StartsWith('.') && file.Name != StageWorkspace.LogName).Sum(file => file.Length);
}
