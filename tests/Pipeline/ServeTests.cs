namespace Das.Tests.Pipeline;

/// <summary>A serving process that goes on with what another has left, and a run of its own process, on one home without a broker.</summary>
public sealed class ServeTests : FolderTest
{
    private static readonly IReadOnlyList<string> stages = PipelineStages.Das.Names;
    private Process? serving;

    [Fact]
    public async Task A_run_beside_a_serving_process_with_an_interrupted_one_shares_its_stages_and_both_end_right()
    {
        string alone = folder["alone"], home = folder["shared"];
        Assert.Equal(0, (await DasProcess.RunAsync(alone, DasProcess.TinyRun)).ExitCode);

        using (Process killed = DasProcess.Start(home, DasProcess.TinyRun))
        {
            await DasProcess.UntilAsync(killed, () => Directory.Exists(Path.Combine(home, "artifacts", PipelineStages.Search)));
            killed.Kill();
            await killed.WaitForExitAsync(Token);
        }
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(home, "artifacts", PipelineStages.Search), "result.json", SearchOption.AllDirectories));

        using HttpClient status = new() { BaseAddress = await ServeAsync(home) };
        (int exitCode, string output) = await DasProcess.RunAsync(home, DasProcess.TinyRun);
        Assert.True(exitCode == 0, output);
        RunView[] runs = await AllEndedAsync(status);

        Assert.Equal(2, runs.Length);
        Assert.All(runs, run => Assert.Equal(RunStatus.Completed, run.State));
        Assert.Equal(runs[0].SkipModule, runs[1].SkipModule);
        Assert.Equal(Report(home, runs[0]), Report(home, runs[1]));
        foreach (string stage in stages)
            Assert.Single(runs, run => !run.Stages.Single(row => row.Stage == stage).Reused);
        DasProcess.AssertSameResults(alone, home);
    }

    /// <summary>Starts <c>das serve</c> on a port that the system chooses, and waits until it listens there.</summary>
    private async Task<Uri> ServeAsync(string home)
    {
        serving = DasProcess.Start(home, DasProcess.Serving);
        return await DasProcess.ListeningAsync(serving);
    }

    private static async Task<RunView[]> AllEndedAsync(HttpClient status)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); ; await Task.Delay(200, Token))
        {
            RunView[] runs = [.. (await status.GetFromJsonAsync<RunPage>("/api/runs", Token))!.Runs];
            if (Array.TrueForAll(runs, run => run.Ended)) return runs;
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(2), $"Some run never ended: {string.Join(", ", runs.Select(run => run.State))}");
        }
    }

    private static string Report(string home, RunView run) =>
        File.ReadAllText(Path.Combine(home, "artifacts", Path.GetDirectoryName(run.Artifacts[PipelineStages.Evaluate].Uri)!, ResultFiles.Report));

    public override void Dispose()
    {
        if (serving is not null) DasProcess.Kill([serving]);
        base.Dispose();
    }
}
