using System.Net;
using System.Net.Sockets;
using Das.Artifacts;
using Das.Cli.Hosting;
using Das.Contracts;
using Das.Control.Curves;
using Das.Control.Registry;
using Das.Control.Runs;
using Das.Stages;
using Microsoft.EntityFrameworkCore;

namespace Das.Bench;

/// <summary>How fast the pages and the API answer over a registry of ten thousand runs and five million points of curves.</summary>
internal static class RegistryPages
{
    private const int Runs = 10_000, CurvesOfARun = 5, PointsOfACurve = 80, LongCurves = 10, PointsOfALongCurve = 100_000;
    private static readonly string[] recipes = ["vilt/shapes", "vilt/easy-vqa", "meter-shapes/nlvr", "llama-stories/boolq"],
        backbones = ["vilt", "vilt", "meter", "llama"], benchmarks = ["shapes", "easy-vqa", "nlvr", "boolq"];
    private static readonly string[] curves = ["loss", "learningRate", "memory", "cores"];

    public static Measured Measure(MeasurementOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("das-bench-").FullName;
        Environment.SetEnvironmentVariable(DasHome.Variable, folder);
        using CancellationTokenSource over = new();
        try
        {
            Guid longest = FillAsync(folder).GetAwaiter().GetResult();
            string url = $"http://127.0.0.1:{FreePort()}";
            Task serving = new PipelineHost().ServeAsync(url, over.Token);
            using HttpClient client = new() { BaseAddress = new(url) };
            Wait(client, serving);
            (string What, string Path)[] asked =
            [
                ("the list of runs, first page", "/"), ("the list of one backbone's failed runs", "/?backbone=vilt&state=Failed"),
                    ("the page of a run with ten curves of 100,000 points", $"/runs/{longest:N}"),
                ("GET /api/runs", "/api/runs?take=50"), ("GET /api/runs, the 9,000th", "/api/runs?skip=9000&take=50"),
                    ("GET /api/runs of one recipe with a text", "/api/runs?recipe=vilt/shapes&text=study"),
                    ("GET …/curves of that run", $"/api/runs/{longest:N}/curves"),
            ];
            Interleaved timed = Interleaved.Time([.. asked.Select(one => new Contender(one.What, () => Get(client, one.Path)))], options);
            over.Cancel();
            serving.GetAwaiter().GetResult();
            return new(timed, [.. asked.Select(one => new Figure(one.What, timed.Over(s => 1000 * s[one.What]), "ms", null, null))]);
        }
        finally
        {
            over.Cancel();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>The run with the long curves.</returns>
    private static async Task<Guid> FillAsync(string folder)
    {
        await using RegistryContext rows = new RegistryDatabase(new(folder)).CreateDbContext();
        DateTime start = DateTime.UtcNow.AddDays(-100);
        List<RunRow> runs = [.. Enumerable.Range(0, Runs).Select(i => new RunRow
        {
            Id = Guid.NewGuid(), Name = $"{recipes[i % 4]} {i}", Recipe =
                $$"""{"name":"{{recipes[i % 4]}}", "backbone": {"name": "{{backbones[i % 4]}}" }, "benchmark": {"name": "{{benchmarks[i % 4]}}" } }""",
            RecipeName = recipes[i % 4], Backbone = backbones[i % 4], Benchmark = benchmarks[i % 4], Tags = i % 10 == 0 ? " baseline " : "", Notes = i % 7 == 0
                ? "a study of seeds" : "",
            State = i % 20 == 3 ? RunStatus.Failed : RunStatus.Completed, Error = i % 20 == 3 ? "The training loss became NaN." : null,
                Created = start.AddMinutes(10 * i),
                Updated = start.AddMinutes(10 * i + 9), Finished = start.AddMinutes(10 * i + 9),
        })];
        rows.Runs.AddRange(runs);
        rows.Metrics.AddRange(runs.Select((run, i) => MetricRow.Of(run.Id, new(MetricNames.Accuracy, 0.5 + i % 40 / 100.0, 0.48, 0.52))));
        rows.Stages.AddRange(runs.SelectMany(run =>
            PipelineStages.Das.Names.Select(stage =>
            new StageRow { RunId = run.Id, Stage = stage, State = StageStatus.Finished, Started = run.Created, Finished = run.Finished })));
        rows.Series.AddRange(runs.SelectMany(run => curves.Select(curve => new SeriesRow { RunId = run.Id, Stage = "search", Name = curve })
            .Append(new SeriesRow { RunId = run.Id, Stage = "search", Name = CurveNames.Preference, Layer = 0 })));
        rows.Series.AddRange(Enumerable.Range(0, LongCurves)
            .Select(curve => new SeriesRow { RunId = runs[^1].Id, Stage = "finetune", Name = curve == 0 ? "loss" : $"curve {curve}" }));
        await rows.SaveChangesAsync();
        await PointsAsync(rows, $"Id <= {Runs * CurvesOfARun}", PointsOfACurve);
        await PointsAsync(rows, $"Id > {Runs * CurvesOfARun}", PointsOfALongCurve);
        return runs[^1].Id;
    }

    private static Task<int> PointsAsync(RegistryContext rows, string which, int points) =>
        rows.Database.ExecuteSqlRawAsync(string.Create(CultureInfo.InvariantCulture, $"""
        WITH RECURSIVE Steps(Step) AS (SELECT 0 UNION ALL SELECT Step + 1 FROM Steps WHERE Step < {points - 1})
        INSERT INTO Points (SeriesId, Step, Value) SELECT Id, Step, 1.0 / (1 + Step) FROM Series, Steps WHERE {which}
        """));

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Wait(HttpClient client, Task serving)
    {
        while (true)
        {
            if (serving.IsCompleted) serving.GetAwaiter().GetResult();
            try
            {
                client.GetAsync(new Uri("/health", UriKind.Relative)).GetAwaiter().GetResult().EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) { Thread.Sleep(100); }
        }
    }

    private static void Get(HttpClient client, string path) => client.GetStringAsync(new Uri(path, UriKind.Relative)).GetAwaiter().GetResult();
}
