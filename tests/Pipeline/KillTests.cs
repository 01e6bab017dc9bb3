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
    public async Task A_process_that_was_stopped_while_another_took_its_work_over_changes_nothing_and_ends_with_the_others_result()
    {
        string stopped = folder["stopped"], other = folder["other"];
        Directory.CreateDirectory(Path.Combine(stopped, "artifacts"));
        Directory.CreateDirectory(other);
        Directory.CreateSymbolicLink(Path.Combine(other, "artifacts"), Path.Combine(stopped, "artifacts"));
        (string, string) soon = ("DAS_STAGES__SILENCE", "2");
        using Process run = DasProcess.Start(stopped, DasProcess.TinyRun, soon);
        await DasProcess.UntilAsync(run, () => Found("search", ".begun").Length > 0);
        await SignalAsync("STOP");
        string owner = File.ReadAllText(Found("search", ".owner").Single());
        (int exitCode, string output) = await DasProcess.EndAsync(DasProcess.Start(other, DasProcess.TinyRun, soon));
        Assert.True(exitCode == 0, output);
        Assert.Contains($" {run.Id} ", owner);
        Assert.Contains("starting, for the 2nd time", File.ReadAllText(Found("search", StageWorkspace.LogName).Single()));
        Dictionary<string, DateTime> written = Written();
        await SignalAsync("CONT");
        (exitCode, output) = await DasProcess.EndAsync(run);
        Assert.True(exitCode == 0, output);
        Assert.Equal(written, Written());

        // All but what a reader remembers of the files that it has compared with their digests.
        Dictionary<string, DateTime> Written() => Found("search", "*.json").Concat(Found("finetune", "*.*"))
            .Where(file => Path.GetFileName(file) != ".digests").ToDictionary(file => file, File.GetLastWriteTimeUtc);
        string[] Found(string stage, string name) => Directory.CreateDirectory(Path.Combine(stopped, "artifacts", stage)).GetFiles(name,
            SearchOption.AllDirectories).Select(file => file.FullName).ToArray();
        async Task SignalAsync(string name)
        {
            using Process kill = Process.Start("/bin/kill", ["-" + name, run.Id.ToString()]);
            await kill.WaitForExitAsync(Token);
        }
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
