namespace Das.Bench;

/// <summary>One of the things compared.</summary>
/// <param name="Name">In figures.</param>
/// <param name="Run">Does it.</param>
/// <param name="Reported">The seconds of what has just run in another process; null for one that is timed here.</param>
internal sealed record Contender(string Name, Action Run, Func<double>? Reported = null);

/// <summary>Median and range over the rounds.</summary>
internal sealed record Spread(double Median, double Low, double High)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}

/// <summary>
/// Contenders timed in turn, A B C A B C: what slows the machine down for a while slows all of them, and a ratio taken within a round
/// does not see it. By the clock, a round in which other processes took more than <see cref="Disturbance"/> of the processors is dropped and repeated.
/// </summary>
internal sealed class Interleaved
{
    private const int WarmUpRounds = 2, AttemptsPerRound = 3;
    private const double Disturbance = 0.1;

    /// <summary>Longer than the runtime takes to replace first-tier code.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    private readonly List<IReadOnlyDictionary<string, double>> rounds = [];

    /// <summary>For figures that were not taken in turn.</summary>
    public static Interleaved Once { get; } = new() { Rounds = "measured once" };

    /// <summary>Says how many rounds counted and how many did not.</summary>
    public string Rounds { get; private set; } = "";

    /// <param name="contenders">In the order in which each round runs them.</param>
    /// <param name="options">Rounds that count, those before them, which warm up, left out; and what a second is.</param>
    /// <exception cref="IOException">No round was undisturbed.</exception>
    public static Interleaved Time(IReadOnlyList<Contender> contenders, MeasurementOptions options)
    {
        int count = options.Rounds;
        Func<TimeSpan> clock = options.ProcessorTime ? () => Environment.CpuUsage.TotalTime : () => Stopwatch.GetElapsedTime(0);
        Stopwatch warming = Stopwatch.StartNew();
        for (int round = 1; round <= WarmUpRounds || warming.Elapsed < WarmUp; round++) Report("warm-up", Round(contenders, clock));

        Interleaved timed = new();
        int attempts = 0;
        for (; timed.rounds.Count < count && attempts < AttemptsPerRound * count; attempts++)
        {
            OtherLoad others = new();
            Dictionary<string, double> seconds = Round(contenders, clock);
            double share = options.ProcessorTime ? 0 : others.Share();
            if (share <= Disturbance) timed.rounds.Add(seconds);
            Report(share <= Disturbance ? $"round {timed.rounds.Count}/{count}" : $"dropped, others took {share:0 %}", seconds);
        }
        if (timed.rounds.Count == 0) throw new IOException($"Other processes took more than {Disturbance:0 %} of the processors in every one of {attempts} "
            + "rounds. Measure when the machine is free.");
        timed.Rounds = $"{timed.rounds.Count} rounds, {attempts - timed.rounds.Count} dropped";
        return timed;
    }

    /// <summary>A figure computed within each round from the contenders' seconds.</summary>
    public Spread Over(Func<IReadOnlyDictionary<string, double>, double> figure) => Spread.Of(rounds.Select(figure));

    private static Dictionary<string, double> Round(IReadOnlyList<Contender> contenders, Func<TimeSpan> clock)
    {
        Dictionary<string, double> seconds = [];
        foreach (Contender contender in contenders)
        {
            TimeSpan start = clock();
            contender.Run();
            seconds[contender.Name] = contender.Reported?.Invoke() ?? (clock() - start).TotalSeconds;
        }
        return seconds;
    }

    private static void Report(string round, IReadOnlyDictionary<string, double> seconds) =>
        Console.Error.WriteLine($"{round}: {string.Join("  ", seconds.Select(s => $"{s.Key} {1000 * s.Value:0.0} ms"))}");
}
