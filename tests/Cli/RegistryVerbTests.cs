namespace Das.Tests.Cli;

public class RegistryVerbTests
{
    private static FakeHost WithRuns() => new()
    {
        Runs =
        {
            new(Guid.Parse("3f2a0000-0000-0000-0000-000000000001"), "vilt/shapes", RunStatus.Running, DateTimeOffset.UnixEpoch),
            new(Guid.Parse("3f2b0000-0000-0000-0000-000000000002"), "vilt/easy-vqa", RunStatus.Failed, DateTimeOffset.UnixEpoch) { Error = "It broke." },
            new(Guid.Parse("9c010000-0000-0000-0000-000000000003"), "vilt/done", RunStatus.Completed, DateTimeOffset.UnixEpoch)
            {
                Ended = DateTimeOffset.UnixEpoch.AddHours(2),
                SkipModule = [3],
                Stages = [new("search", RunStatus.Completed, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMinutes(1), Reused: true,
                    "search/ab/result.json", Missing: "train: 3 texts",
                    new StageMaking("1.2+ab", 4, "box", "cpu", 2, 3, DateTime.UnixEpoch, DateTime.UnixEpoch.AddHours(1)))],
            },
        },
    };

    [Fact]
    public async Task Runs_lists_them()
    {
        var result = await CommandLine.RunAsync(WithRuns(), "runs");
        Assert.All(["3f2a0000", "vilt/easy-vqa", "failed", "[3]", "02:00:00"], text => Assert.Contains(text, result.Output));
    }

    [Fact]
    public async Task Runs_without_any_says_how_to_begin() => Assert.Contains("das demo", (await CommandLine.RunAsync("runs")).Output);

    [Fact]
    public async Task Runs_as_json_is_one_object() => Assert.Equal(3, (await CommandLine.RunAsync(WithRuns(), "runs", "--json")).Json["runs"]!.AsArray().Count);

    [Theory]
    [InlineData("9c", "vilt/done")]
    [InlineData("9C010000", "vilt/done")]
    [InlineData("9c010000-0000-0000-0000-000000000003", "vilt/done")]
    [InlineData("last", "vilt/shapes")]
    public async Task The_beginning_of_an_id_names_a_run(string run, string name)
    {
        var result = await CommandLine.RunAsync(WithRuns(), "show", run, "--json");
        Assert.Equal(name, (string?)result.Json["name"]);
    }

    [Theory]
    [InlineData("3f2", "'3f2' fits 2 runs: 3f2a0000 (vilt/shapes), 3f2b0000 (vilt/easy-vqa). Give more of the id.")]
    [InlineData("77", "There is no run '77'. The latest: 3f2a0000 (vilt/shapes),")]
    public async Task An_id_that_names_none_or_several_is_answered_with_what_there_is(string run, string sentence)
    {
        var result = await CommandLine.RunAsync(WithRuns(), "show", run);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(sentence, result.Error);
    }

    [Fact]
    public async Task Show_prints_stages_and_whether_they_were_reused()
    {
        var result = await CommandLine.RunAsync(WithRuns(), "show", "9c");
        Assert.All(["completed (reused)", "search/ab/result.json", "00:01:00", "skip_module  [3]", "search: not used, or not whole: train: 3 texts",
            "made by build 1.2+ab, stage version 4, on box (cpu, 2 threads), 1970-01-01 00:00:00Z to 1970-01-01 01:00:00Z, begun 3 times"],
            text => Assert.Contains(text, result.Output));
    }

    [Fact]
    public async Task Cancel_asks_and_returns_at_once()
    {
        var host = WithRuns();
        var result = await CommandLine.RunAsync(host, "cancel", "3f2a");
        Assert.Equal((0, host.Runs[0].Id), (result.ExitCode, Assert.Single(host.Cancelled)));
    }

    [Fact]
    public async Task A_run_that_has_ended_cannot_be_cancelled()
    {
        var result = await CommandLine.RunAsync(WithRuns(), "cancel", "9c");
        Assert.Equal((2, "Run 9c010000 has already ended (completed)."), (result.ExitCode, result.Error.TrimEnd()));
    }

    [Fact]
    public async Task Retry_goes_on_and_follows_the_run()
    {
        var host = WithRuns();
        var result = await CommandLine.RunAsync(host, "retry", "3f2b", "--json");
        Assert.Equal((0, "completed"), (result.ExitCode, (string?)result.Json["status"]));
        Assert.Equal(host.Runs[1].Id, Assert.Single(host.Retried));
    }

    [Fact]
    public async Task A_complete_run_is_not_retried()
    {
        var result = await CommandLine.RunAsync(WithRuns(), "retry", "9c");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("das run vilt/done --fresh", result.Error);
    }
}
