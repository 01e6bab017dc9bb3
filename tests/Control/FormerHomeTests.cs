using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Das.Tests.Control;

/// <summary>
/// A home with two runs of a tiny ViLT, as it was left while a metric was three numbers told apart by their names, a layer's curve had its number in
/// its name, and predictions named no task.
/// </summary>
public sealed class FormerHomeTests : IDisposable
{
    private const string Before = "20261129120000_Stages";

    private static readonly Metric[] expected =
    [
        new("accuracy", 0.2564102564102564, 0.11757790332291373, 0.39524260949759904), Cost("macsBackbone", 1974336), Cost("macsFull", 2031680),
        Cost("macsSkipped", 1630272), new("majorityAnswer", 0.2564102564102564, Kind: MetricKind.Baseline), Cost("millisecondsFull", 1.0834875),
        Cost("millisecondsSkipped", 0.2100125), Cost("totalParameters", 92909), Cost("updatedParameters", 7021),
    ];

    private readonly TemporaryFolder home = new();

    public FormerHomeTests() => CopyTo(home.Path);

    internal static void CopyTo(string folder)
    {
        string former = Repository.PathOf("tests/fixtures/home");
        foreach (string file in Directory.EnumerateFiles(former, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(former, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static Metric Cost(string name, double value) => new(name, value, Kind: MetricKind.Cost, HigherIsBetter: false);

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task It_opens_lists_draws_compares_and_is_evaluated_again()
    {
        using IHost host = await StartAsync();
        RunRegistry runs = host.Services.GetRequiredService<RunRegistry>();
        IReadOnlyList<RunView> all = await runs.ListAsync();
        Assert.Equal([("vilt/shapes", RunStatus.Completed, 3), ("vilt/shapes", RunStatus.Completed, 1)],
            all.Select(run => (run.Name, run.State, Assert.Single(run.SkipModule!))));
        RunView run = all[1];
        Assert.Equal(expected, run.Metrics);
        Assert.Equal((0.11757790332291373, 0.39524260949759904), (run.Flat["accuracyLow"], run.Flat["accuracyHigh"]));

        RunCurves curves = host.Services.GetRequiredService<RunCurves>();
        IReadOnlyList<Curve> heard = await curves.ReadAsync(run.Id);
        Assert.Equal([0, 1, 2, 3], heard.Where(curve => curve.Name == CurveNames.Preference).Select(curve => curve.Layer!.Value));
        Assert.All(heard, curve => Assert.DoesNotContain(' ', curve.Name));
        RunHistory history = await new RunHistories(curves, host.Services.GetRequiredService<ArtifactStore>()).ReadAsync(run);
        Assert.Equal((4, 4), (history.Candidates, history.Preferences!.Layers.Count));
        Assert.Contains(history.Curves, curve => curve is { Stage: PipelineStages.Finetune, Name: CurveNames.Loss });

        RunComparison compared = host.Services.GetRequiredService<RunComparisons>().Compare([.. all.Select(one => one.ToEvaluated())], null, Token);
        Assert.Equal(1, Assert.Single(compared.Scores).Values[1]!.Paired!.PValue);
        Assert.Equal(["majorityAnswer"], compared.Baselines.Select(baseline => baseline.Name));
        Assert.Equal(0.2564102564102564,
            host.Services.GetRequiredService<RunComparisons>().PaperTable(all.Select(one => one.ToEvaluated())).Rows.Single().Scores.Single()!.Mean);

        // Evaluations have a later version than this home's, so its own is made once more, and that one is reused.
        RunView renewed = await AgainAsync(fresh: false), reused = await AgainAsync(fresh: false), computed = await AgainAsync(fresh: true);
        Assert.Equal((false, true, false), (renewed.Stages[^1].Reused, reused.Stages[^1].Reused, computed.Stages[^1].Reused));
        Assert.Equal(renewed.Metrics, reused.Metrics);
        Assert.Equal(Untimed(expected), Untimed(computed.Metrics));
        Assert.Equal(Report(run), Report(computed));
        await host.StopAsync(Token);

        async Task<RunView> AgainAsync(bool fresh)
        {
            Guid id = await runs.StartAsync((await runs.FindAsync(run.Id))!.Recipe, "again", fresh, new(run.Artifacts[PipelineStages.Ingest],
                run.SkipModule, run.Artifacts[PipelineStages.Finetune]));
            RunView ended = await runs.WaitAsync(id, null, Token);
            Assert.True(ended.Succeeded, ended.Error);
            return ended;
        }

        string Report(RunView of)
        {
            JsonObject report = JsonNode.Parse(File.ReadAllBytes(Path.Combine(home.Path, "artifacts",
                Path.GetDirectoryName(of.Artifacts[PipelineStages.Evaluate].Uri)!, ResultFiles.Report)))!.AsObject();
            report.Remove("timing");
            return report.ToJsonString();
        }

        static IEnumerable<Metric> Untimed(IEnumerable<Metric> metrics) => metrics.Where(metric => !metric.Name.StartsWith("milliseconds"));
    }

    [Fact]
    public void Its_registry_can_go_back()
    {
        using RegistryContext rows = new RegistryDatabase(new(home.Path)).CreateDbContext();
        string[] told = [.. Told()];
        rows.GetService<IMigrator>().Migrate(Before);
        Assert.Equal(22, rows.Database.SqlQuery<int>($"SELECT COUNT(Value) AS Value FROM Metrics").Single());
        Assert.Equal(8, rows.Database.SqlQuery<int>($"SELECT COUNT(*) AS Value FROM Series WHERE Name GLOB 'preference [0-3]'").Single());
        rows.GetService<IMigrator>().Migrate();
        Assert.Equal(told, Told());

        List<string> Told() => [.. rows.Database.SqlQuery<string>($"""
            SELECT concat_ws(' ', RunId, Name, Mean, Low, High, Kind, HigherIsBetter) AS Value FROM Metrics
            UNION ALL SELECT concat_ws(' ', RunId, Stage, Name, Layer) FROM Series ORDER BY 1
            """)];
    }

    [Theory]
    [InlineData("""{"accuracy":0.5,"accuracyHigh":0.6,"accuracyLow":0.4,"macsFull":7}""")]
    [InlineData("""[{"name":"accuracy","mean":0.5,"low":0.4,"high":0.6},{"name":"macsFull","mean":7,"kind":"cost","higherIsBetter":false}]""")]
    public void An_event_in_flight_is_understood_in_either_form(string metrics)
    {
        ModelEvaluated read = JsonSerializer.Deserialize<ModelEvaluated>($$"""{"runId":"{{Guid.Empty}}","metrics":{{metrics}}}""", JsonSerializerOptions.Web)!;
        Assert.Equal([new("accuracy", 0.5, 0.4, 0.6), Cost("macsFull", 7)], read.Metrics);
        string written = JsonSerializer.Serialize(read, JsonSerializerOptions.Web);
        Assert.Equal(read.Metrics, JsonSerializer.Deserialize<ModelEvaluated>(written, JsonSerializerOptions.Web)!.Metrics);
    }

    private async Task<IHost> StartAsync()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddPipelineBus(new(), bus =>
        {
            bus.AddControl(new(home.Path), new() { Poll = TimeSpan.FromMilliseconds(100) });
            foreach ((string name, Type stage) in Das.Cli.Hosting.PipelineHost.Stages) bus.AddStage(name, stage);
        });
        IHost host = builder.Build();
        await host.StartAsync(Token);
        return host;
    }
}
