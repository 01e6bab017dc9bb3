using System.Text.Json.Nodes;
using Das.Artifacts;

namespace Das.Bench;

/// <summary>What a short run costs beside the work of its stages: the start of a process, and what happens between the stages. By the clock.</summary>
internal static class StartStep
{
    private static readonly string root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../.."));
    private static readonly string[] run =
    [
        "run", Path.Combine(root, "recipes/vilt/shapes.json"), "--json", .. new[]
        {
            """benchmark.options={"trainImages":40,"valImages":10,"testImages":10}""", "search.epochs=1", "search.warmupEpochs=0.25", "search.every=3",
            "search.rewardBatch=8", "search.optimization.batch=16", "search.optimization.microBatch=8", "finetune.epochs=1",
            "finetune.optimization.batch=16", "finetune.optimization.microBatch=8", "evaluate.timingRounds=1",
        }.SelectMany(set => new[] { "--set", set }),
    ];

    public static Measured Measure(MeasurementOptions options)
    {
        string home = Directory.CreateTempSubdirectory("das-bench-").FullName;
        try
        {
            Das(home, run); // what is reused, and the disk's cache
            var rounds = Enumerable.Range(0, options.Rounds).Select(_ =>
            {
                double version = Das(home, ["--version"]).Seconds;
                double runs = Das(home, ["runs", "--json"]).Seconds;
                double reused = Das(home, run).Seconds;
                (double whole, string said) = Das(home, [.. run, "--fresh"]);
                return (version, runs, reused, whole, stages: Stages(said));
            }).ToArray();
            return new(Interleaved.Once,
            [
                new("das --version", Spread.Of(rounds.Select(round => round.version)), "s", null, null),
                new("das runs", Spread.Of(rounds.Select(round => round.runs)), "s", null, null),
                new("a run all of whose stages are reused", Spread.Of(rounds.Select(round => round.reused)), "s", null, null),
                new("the same run computed", Spread.Of(rounds.Select(round => round.whole)), "s", null, null),
                new("of it, outside its stages' work", Spread.Of(rounds.Select(round => round.whole - round.stages)), "s", null, null),
            ]);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>The seconds of the program beside this one, and what it printed.</summary>
    private static (double Seconds, string Output) Das(string home, IEnumerable<string> arguments)
    {
        long begun = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "das"), arguments)
        {
            WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true, Environment = { [DasHome.Variable] = home },
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new IOException(errors.Result);
        return (Stopwatch.GetElapsedTime(begun).TotalSeconds, output);
    }

    private static double Stages(string json) => JsonNode.Parse(json)!["stages"]!.AsArray()
        .Sum(stage => ((DateTime)stage!["making"]!["ended"]! - (DateTime)stage["making"]!["started"]!).TotalSeconds);
}
