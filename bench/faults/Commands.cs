using System.Runtime.InteropServices;

namespace Das.Disturbances;

/// <summary>The command line.</summary>
internal static class Commands
{
    private const string Usage = "[--kinds NAME,…] [--injections N] [--seed S] [--state FOLDER] [--minutes N] "
        + "| --report [--seed S] | --show NAME:NUMBER [--seed S] | --load [--messages N] [--runs N] | --soak [--rate N] [--hours N] [--seed S]";

    public static async Task RunAsync(string[] args)
    {
        Dictionary<string, string> given = Options.Of(args, Usage);
        string state = Path.GetFullPath(given.GetValueOrDefault("state", Path.Combine("bin", "campaign")));
        ulong seed = (ulong)given.Whole("seed", 1);
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
            await Load.RunAsync(state, given.Whole("messages", 10_000), given.Whole("runs", 1000), Console.WriteLine);
            return;
        }
        if (given.ContainsKey("soak"))
        {
            await Soak.RunAsync(state, seed, (int)given.Whole("rate", 40), (int)given.Whole("hours", 24), Console.WriteLine);
            return;
        }
        if (given.ContainsKey("minutes")) stop.CancelAfter(TimeSpan.FromMinutes(given.Whole("minutes", 0)));
        await using Campaign campaign = new(state, seed);
        if (given.TryGetValue("show", out string? shown) && shown.Split(':') is [var name, var number])
            Console.WriteLine(await campaign.ShowAsync(Kind.Get(name), long.Parse(number, CultureInfo.InvariantCulture)));
        else await campaign.RunAsync(kinds, given.Whole("injections", 100), Console.WriteLine, stop.Token);

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
}
