namespace Das.Fuzz;

/// <summary>What came of an input.</summary>
internal enum Outcome
{
    Read, Refused, Foreign, Memory, Crash, Hang,
}

/// <summary>An input that did what none may.</summary>
/// <param name="Index">Its number: with reader and seed it is made again.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="What">The exception, or what the process said.</param>
internal sealed record Finding(long Index, Outcome Outcome, string What);

/// <summary>Counts of a campaign so far.</summary>
internal sealed partial class Tally
{
    private const int MostFindings = 200;

    /// <summary>Inputs before this one are counted.</summary>
    public long Next { get; set; }

    public SortedDictionary<Outcome, long> Counts { get; init; } = [];

    /// <summary>Inputs that were read, or refused for something behind the header.</summary>
    public long PastHeader { get; set; }

    /// <summary>The most managed memory and tensors that one input took, in bytes, and which it was.</summary>
    public long MostBytes { get; set; }

    public long MostBytesIndex { get; set; }

    public double Seconds { get; set; }

    /// <summary>Peak of the process's resident memory, in bytes.</summary>
    public long PeakResident { get; set; }

    /// <summary>Different sentences, without what stands in them: a measure of how many refusals of the reader were reached.</summary>
    public HashSet<string> Sentences { get; init; } = [];

    public List<Finding> Findings { get; init; } = [];

    public void Count(Outcome outcome) => Counts[outcome] = Counts.GetValueOrDefault(outcome) + 1;

    public void Found(long index, Outcome outcome, string what)
    {
        Count(outcome);
        if (Findings.Count < MostFindings) Findings.Add(new(index, outcome, what));
    }

    public void Add(Tally other)
    {
        Next = other.Next;
        foreach ((Outcome outcome, long count) in other.Counts) Counts[outcome] = Counts.GetValueOrDefault(outcome) + count;
        PastHeader += other.PastHeader;
        if (other.MostBytes > MostBytes) (MostBytes, MostBytesIndex) = (other.MostBytes, other.MostBytesIndex);
        PeakResident = Math.Max(PeakResident, other.PeakResident);
        Seconds += other.Seconds;
        Sentences.UnionWith(other.Sentences);
        Findings.AddRange(other.Findings.Take(MostFindings - Findings.Count));
    }

    /// <summary>A sentence without names, numbers and quotations.</summary>
    public static string Shape(string sentence)
    {
        string shape = Varying().Replace(sentence, "·");
        return shape.Length > 120 ? shape[..120] : shape;
    }

    [GeneratedRegex(@"'[^']*'|""[^""]*""|/\S+|-?\d[\d.,]*|\[[^\]]*\]|\{.*\}")]
    private static partial Regex Varying();
}
