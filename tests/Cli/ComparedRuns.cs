namespace Das.Tests.Cli;

/// <summary>Complete runs for the comparison's tests, told apart by the beginning of their ids: a0, a1, ….</summary>
internal sealed class ComparedRuns : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FakeHost Host { get; } = new();

    /// <summary>Every run's beginning, in the order they were added.</summary>
    public List<string> Names { get; } = [];

    /// <summary>A run of that strategy and k; without a task its report names none.</summary>
    public ComparedRuns Add(string strategy, int skip, Metric[] metrics, int seed = 0, string? task = null, string benchmark = "shapes",
        Func<Recipe, Recipe>? change = null)
    {
        string name = $"a{Names.Count:x}";
        Recipe recipe = new() { Name = "vilt/shapes", Seed = seed, Backbone = new() { Name = "vilt", Checkpoint = "model.safetensors" },
            Benchmark = new() { Name = benchmark } };
        recipe = Method.Apply((change ?? (same => same))(recipe), strategy, skip);
        string report = folder.Write($"{name}.json", task is null ? "{}" : $$"""{ "task": "{{task}}" }""");
        Host.Runs.Add(new(Guid.Parse($"{name}000000-0000-0000-0000-000000000000"), "vilt/shapes", RunStatus.Completed, DateTimeOffset.UnixEpoch)
        {
            Recipe = recipe.ToCanonicalJson(),
            Metrics = metrics,
            Report = report,
        });
        Names.Add(name);
        return this;
    }

    public Task<CommandLine> CompareAsync(params IEnumerable<string> options) => CommandLine.RunAsync(Host, ["compare", .. Names, .. options]);

    public void Dispose() => folder.Dispose();

    /// <summary>A score with half its interval, and what it cost.</summary>
    public static Metric[] Scored(double accuracy, double half = .01, double parameters = 5_340_000, double full = 54e9, double skipped = 44e9) =>
    [
        new(MetricNames.Accuracy, accuracy, accuracy - half, accuracy + half),
        new(MetricNames.UpdatedParameters, parameters), new(MetricNames.MacsFull, full), new(MetricNames.MacsSkipped, skipped),
    ];
}
