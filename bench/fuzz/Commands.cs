namespace Das.Fuzz;

/// <summary>The command line: <c>--reader NAME|all --inputs N --seed S</c>, <c>--known FOLDER</c>, <c>--report</c>, <c>--show INDEX</c>.</summary>
internal static class Commands
{
    private const string Usage = "--reader NAME|all [--inputs N] [--seed S] [--state FOLDER] [--heap-mb N] [--address-mb N] [--input-seconds N] "
        + "| --known FOLDER | --report [--state FOLDER] | --reader NAME --show INDEX > FILE | --reader NAME|all --coverage";

    public static void Run(string[] args)
    {
        Dictionary<string, string> given = Options.Of(args, Usage);
        string state = given.GetValueOrDefault("state", Path.Combine("bin", "fuzz"));
        ulong seed = (ulong)given.Whole("seed", 1);
        Limits limits = new(given.Whole("heap-mb", 512) << 20, given.Whole("address-mb", 16384) << 20,
            TimeSpan.FromSeconds(given.Whole("input-seconds", 10)));
        if (given.TryGetValue("known", out string? folder)) Known.Print(folder, limits);
        else if (given.ContainsKey("report")) Report(state, seed);
        else if (given.TryGetValue("reader", out string? name) && given.ContainsKey("show"))
            Console.OpenStandardOutput().Write(Runner.Input(Reader.Get(name), seed, given.Whole("show", 0)));
        else if (name is not null && given.ContainsKey("coverage"))
            foreach (Reader reader in name == "all" ? Reader.All : [Reader.Get(name)]) Coverage.Print(reader, seed, given.Whole("inputs", 5000));
        else if (name is not null)
            foreach (Reader reader in name == "all" ? Reader.All : [Reader.Get(name)]) Work(reader, given.Whole("inputs", 1_000_000), seed, state, limits);
        else throw new DasException(ErrorKind.Usage, Usage);
    }

    private static void Work(Reader reader, long inputs, ulong seed, string state, Limits limits)
    {
        Stopwatch since = Stopwatch.StartNew();
        Tally tally = new Campaign(reader, seed, state, limits).Run(inputs, tally =>
        {
            if (since.Elapsed < TimeSpan.FromSeconds(10)) return;
            since.Restart();
            Console.Error.WriteLine(Line(reader.Name, seed, tally));
        });
        Console.WriteLine(Line(reader.Name, seed, tally));
        foreach (Finding finding in tally.Findings.Take(20)) Console.WriteLine($"  {finding.Outcome} {finding.Index}: {finding.What}");
    }

    private static void Report(string state, ulong seed)
    {
        Console.WriteLine("| reader | seed | inputs | read | refused | foreign | memory | crash | hang | past the header | different sentences | most "
            + "bytes of one "
            + "input | inputs/s |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (Reader reader in Reader.All)
            if (Path.Combine(state, $"{reader.Name}-{seed}.json") is var file && File.Exists(file))
                Console.WriteLine(Line(reader.Name, seed, JsonSerializer.Deserialize<Tally>(File.ReadAllText(file))!));
    }

    private static string Line(string reader, ulong seed, Tally tally)
    {
        string Of(Outcome outcome) => tally.Counts.GetValueOrDefault(outcome).ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"| {reader} | {seed} | {tally.Next} | {Of(Outcome.Read)} | {Of(Outcome.Refused)} | "
            + $"{Of(Outcome.Foreign)} | "
            + $"{Of(Outcome.Memory)} | {Of(Outcome.Crash)} | {Of(Outcome.Hang)} | {100.0 * tally.PastHeader / Math.Max(1, tally.Next):0.0} % | "
            + $"{tally.Sentences.Count} | {tally.MostBytes / 1e6:0.0} MB | {tally.Next / Math.Max(0.001, tally.Seconds):0} |");
    }
}
