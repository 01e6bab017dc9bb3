using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Das.Tests.Pipeline;

/// <summary>The whole program, killed with SIGKILL in each of its stages and retried.</summary>
public sealed class KillTests : IDisposable
{
    private static readonly string Das = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "das.exe" : "das");
    private readonly string home = Directory.CreateTempSubdirectory("das-kill-").FullName;

    [Theory]
    [InlineData("ingest")]
    [InlineData("search")]
    [InlineData("finetune")]
    [InlineData("evaluate")]
    public async Task A_run_killed_in_a_stage_and_retried_ends_as_if_undisturbed(string stage)
    {
        string undisturbed = Path.Combine(home, "undisturbed"), killed = Path.Combine(home, "killed");
        Assert.Equal(0, (await EndAsync(Start(undisturbed, RunArguments()))).ExitCode);

        using (Process run = Start(killed, RunArguments()))
        {
            while (!run.HasExited && !Directory.Exists(Path.Combine(killed, "artifacts", stage))) await Task.Delay(5, TestContext.Current.CancellationToken);
            run.Kill();
            await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        (int exitCode, string output) = await EndAsync(Start(killed, ["retry", "last", "--json"]));
        Assert.True(exitCode == 0 || output.Contains("is complete", StringComparison.Ordinal), output);

        Assert.Equal(Files(undisturbed), Files(killed));
        foreach (string file in Files(undisturbed)) Assert.True(Same(Path.Combine(undisturbed, file), Path.Combine(killed, file)), file);
    }

    private static string[] RunArguments() =>
    [
        "run", Path.Combine(Repository.Root, "recipes", "vilt", "shapes.json"), "--json",
        "--set", $"backbone.checkpoint={Path.Combine(TinyShapes.Models, "model.safetensors")}",
        .. new[]
        {
            "device=cpu", "benchmark.options={\"trainImages\":40,\"valImages\":10,\"testImages\":10}", "search.every=3", "search.rewardBatch=8",
            "search.epochs=1", "search.warmupEpochs=0.25", "search.optimization.batch=16", "search.optimization.microBatch=8",
            "finetune.epochs=1", "finetune.optimization.batch=16", "finetune.optimization.microBatch=8", "evaluate.timingRounds=1",
        }.SelectMany(set => new[] { "--set", set }),
    ];

    private static Process Start(string home, string[] arguments)
    {
        ProcessStartInfo start = new(Das, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DAS_HOME"] = home;
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    private static async Task<(int ExitCode, string Output)> EndAsync(Process process)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + await error);
        }
    }

    /// <summary>What the stages' results name, and nothing that only serves resuming.</summary>
    private static string[] Files(string home) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(home, "artifacts"), "result.json", SearchOption.AllDirectories)
            .SelectMany(result => JsonNode.Parse(File.ReadAllBytes(result))!["files"]!.AsObject().Select(file => Path.Combine("artifacts", file.Value!["uri"]!.GetValue<string>())))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Equal bytes; of a report, equal but for its timing.</summary>
    private static bool Same(string one, string other)
    {
        if (Path.GetFileName(one) != "report.json") return File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(other));
        return Untimed(one) == Untimed(other);

        static string Untimed(string path)
        {
            JsonObject report = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
            report.Remove("timing");
            return report.ToJsonString();
        }
    }

    public void Dispose() => Directory.Delete(home, recursive: true);
}
