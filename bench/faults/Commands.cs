using System.Runtime.InteropServices;

namespace Das.Disturbances;

/// <summary>The command line.</summary>
internal static class Commands
{
    private const string Usage = "[--kinds NAME,…] [--injections N] [--seed S] [--state FOLDER] [--minutes N] "
        + "| --report [--seed S] | --show NAME:NUMBER [--seed S] | --load [--messages N] [--runs N] | --soak [--rate N] [--hours N] [--seed S]";

    public static async Task RunAsync(string[] args)
    {
        Dictionary<string, string> given = Given(args);
        string state = Path.GetFullPath(given.GetValueOrDefault("state", Path.Combine("bin", "campaign")));
        ulong seed = (ulong)Whole(given, "seed", 1);
        Kind[] kinds = [.. given.TryGetValue("kinds", out string? names) ? names.Split(',').Select(Kind.Get) : Kind.All];
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), terminate =
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        if (given.ContainsKey("report"))
        {
            Report(new(state, seed), kinds);
            return;
        }
        if (given.ContainsKey("load"))
        {
            await Load.RunAsync(state, Whole(given, "messages", 10_000), Whole(given, "runs", 1000), Console.WriteLine);
            return;
        }
        if (given.ContainsKey("soak"))
        {
            await Soak.RunAsync(state, seed, (int)Whole(given, "rate", 40), (int)Whole(given, "hours", 24), Console.WriteLine);
            return;
        }
        if (given.ContainsKey("minutes")) stop.CancelAfter(TimeSpan.FromMinutes(Whole(given, "minutes", 0)));
        await using Campaign campaign = new(state, seed);
        if (given.TryGetValue("show", out string? shown) && shown.Split(':') is [var name, var number])
            Console.WriteLine(await campaign.ShowAsync(Kind.Get(name), long.Parse(number, CultureInfo.InvariantCulture)));
        else await campaign.RunAsync(kinds, Whole(given, "injections", 100), Console.WriteLine, stop.Token);

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true; // the run that is under way is still judged
            Console.WriteLine($"{context.Signal}: ends after this run");
            stop.Cancel();
        }
    }

    private static void Report(State state, Kind[] kinds)
    {
        Outcome[] outcomes = Enum.GetValues<Outcome>();
        Console.WriteLine($"| kind | what | injections | missed | {string.Join(" | ", outcomes.Select(outcome => outcome.ToString().ToLowerInvariant()))} "
            + "| runs | longest end, s | injections a minute |");
        Console.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", outcomes.Length + 7))}");
        foreach (Kind kind in kinds)
        {
            Tally tally = state[kind];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {kind.Name} | {kind.Meaning} | {tally.Hits} | {tally.Misses} | "
                + $"{string.Join(" | ", outcomes.Select(outcome => tally.Outcomes.GetValueOrDefault(outcome)))} | "
                + $"{tally.Runs.Values.Sum()} | {tally.Longest:0} | {60 * tally.Hits / Math.Max(1, tally.Seconds):0.0} |"));
        }
        foreach (Kind kind in kinds)
            foreach (Finding finding in state[kind].Findings) Console.WriteLine($"\n{kind.Name} {finding.Number} {finding.Outcome}: {finding.What}");
    }

    internal static Dictionary<string, string> Given(string[] args)
    {
        Dictionary<string, string> given = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) throw new DasException(ErrorKind.Usage, Usage);
            bool value = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            given[args[i][2..]] = value ? args[++i] : "";
        }
        return given;
    }

    private static long Whole(Dictionary<string, string> given, string key, long otherwise) => !given.TryGetValue(key, out string? text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : throw new DasException(ErrorKind.Usage, $"--{key} is '{text}', where a whole number is expected.");
}
