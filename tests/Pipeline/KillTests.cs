namespace Das.Tests.Pipeline;

/// <summary>The whole program, killed with SIGKILL in each of its stages and retried.</summary>
public sealed class KillTests : FolderTest
{
    [Theory]
    [InlineData("ingest")]
    [InlineData("search")]
    [InlineData("finetune")]
    [InlineData("evaluate")]
    public async Task A_run_killed_in_a_stage_and_retried_ends_as_if_undisturbed(string stage)
    {
        string undisturbed = folder["undisturbed"], killed = folder["killed"];
        Assert.Equal(0, (await DasProcess.RunAsync(undisturbed, DasProcess.TinyRun)).ExitCode);

        using (Process run = DasProcess.Start(killed, DasProcess.TinyRun))
        {
            await DasProcess.UntilAsync(run, () => Directory.Exists(Path.Combine(killed, "artifacts", stage)));
            run.Kill();
            await run.WaitForExitAsync(Token);
        }
        (int exitCode, string output) = await DasProcess.RunAsync(killed, ["retry", "last", "--json"]);
        Assert.True(exitCode == 0 || output.Contains("is complete"), output);
        DasProcess.AssertSameResults(undisturbed, killed);
    }

    [Fact]
    public async Task Two_runs_at_once_on_one_home_share_their_stages()
    {
        Process[] runs = [DasProcess.Start(folder.Path, DasProcess.TinyRun), DasProcess.Start(folder.Path, DasProcess.TinyRun)];
        foreach ((int exitCode, string output) in await Task.WhenAll(runs.Select(DasProcess.EndAsync))) Assert.True(exitCode == 0, output);
        foreach (string stage in new[] { "ingest", "search", "finetune", "evaluate" })
            Assert.Single(Directory.EnumerateDirectories(folder[$"artifacts/{stage}"]));
    }
}
