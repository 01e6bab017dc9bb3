namespace Das.Disturbances;

/// <summary>What came of a disturbed run.</summary>
internal enum Outcome
{
    /// <summary>It ended with the bits of an undisturbed run.</summary>
    Right,

    /// <summary>It failed with the sentence that is right, and when it was retried it ended as <see cref="Right"/>.</summary>
    Refused,

    /// <summary>It failed with a sentence where nothing had to fail.</summary>
    Failed,

    /// <summary>It completed with other bits or numbers.</summary>
    Wrong,

    /// <summary>It vanished, or failed without a reason.</summary>
    Lost,

    /// <summary>It completed, or a stage of it finished, more often than it was begun.</summary>
    Doubled,

    /// <summary>It had not ended a minute and an undisturbed run's time after nothing more was done to it.</summary>
    Stuck,
}

/// <summary>Counts of one kind so far.</summary>
internal sealed class Tally
{
    /// <summary>Runs before this number are counted.</summary>
    public long Next { get; set; }

    /// <summary>Injections that hit something at work.</summary>
    public long Hits { get; set; }

    /// <summary>Those that came too early or too late; they count for nothing.</summary>
    public long Misses { get; set; }

    /// <summary>Injections by what came of their run.</summary>
    public SortedDictionary<Outcome, long> Outcomes { get; init; } = [];

    /// <summary>Runs by what came of them.</summary>
    public SortedDictionary<Outcome, long> Runs { get; init; } = [];

    public double Seconds { get; set; }

    /// <summary>The longest time from the end of an injection's cause to the end of its run, in seconds.</summary>
    public double Longest { get; set; }

    public List<Finding> Findings { get; init; } = [];

    public void Add(Outcome outcome, long hits, long misses, double seconds, double end)
    {
        (Hits, Misses, Seconds, Longest) = (Hits + hits, Misses + misses, Seconds + seconds, Math.Max(Longest, end));
        if (hits > 0) Outcomes[outcome] = Outcomes.GetValueOrDefault(outcome) + hits;
        Runs[outcome] = Runs.GetValueOrDefault(outcome) + 1;
    }
}

/// <summary>A run that did not end right.</summary>
/// <param name="Number">Of its kind: with the seed it is made again.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="What">How it showed.</param>
internal sealed record Finding(long Number, Outcome Outcome, string What);

/// <summary>The counts of a campaign, in a file that is written after every run.</summary>
internal sealed class State(string folder, ulong seed)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly SortedDictionary<string, Tally> tallies = Read(FileOf(folder, seed));

    public Tally this[Kind kind] => tallies.TryGetValue(kind.Name, out Tally? tally) ? tally : tallies[kind.Name] = new();

    public void Save() => AtomicFile.Write(FileOf(folder, seed), JsonSerializer.SerializeToUtf8Bytes(tallies, Json));

    private static SortedDictionary<string, Tally> Read(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<SortedDictionary<string, Tally>>(File.ReadAllBytes(file))! : [];

    private static string FileOf(string folder, ulong seed) => Path.Combine(folder, $"seed-{seed}.json");
}
