using Das.Cli.Hosting;
using RunView = Das.Cli.Hosting.RunView;
namespace Das.Tests.Cli;

public class RunVerbTests
{
    [Fact]
    public async Task Run_starts_the_recipe_with_its_overrides_and_shows_the_result()
    {
        var host = new FakeHost();
        var result = await CommandLine.RunAsync(host, "run", "vilt/shapes", "--set", "search.skip=3", "--set", "seed=7", "--fresh");
        Assert.Equal(0, result.ExitCode);
        var (json, name, fresh) = Assert.Single(host.Started);
        Assert.Equal(("vilt/shapes", true), (name, fresh));
        Assert.Equal((3, 7), (Recipe.Parse(json).Search.Skip, Recipe.Parse(json).Seed));
        Assert.Contains("[3, 7]", result.Output);
        Assert.Contains("completed", result.Output);
    }

    [Fact]
    public async Task Json_prints_one_object_and_nothing_else()
    {
        var host = new FakeHost { Progress = [new("ingest", RunStatus.Running, 1, 10, "1.png")] };
        var result = await CommandLine.RunAsync(host, "run", "vilt/shapes", "--json");
        Assert.Equal("completed", (string?)result.Json["status"]);
        Assert.Equal(0.712, (double?)result.Json["metrics"]!["accuracy"]);
        Assert.Equal("[3,7]", result.Json["skipModule"]!.ToJsonString());
    }

    [Fact]
    public async Task A_failed_run_ends_with_1_and_its_sentence()
    {
        var result = await CommandLine.RunAsync(new FakeHost { EndsAs = RunStatus.Failed }, "run", "vilt/shapes");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("The image 7.png is broken [truncated].", result.Output);
        Assert.Contains("das retry", result.Output);
    }

    [Fact]
    public async Task The_first_interrupt_cancels_the_run_and_waits_for_its_end()
    {
        using var interrupt = new CancellationTokenSource();
        var host = new FakeHost { EndsAs = RunStatus.Running };
        var running = CommandLine.RunAsync(host, interrupt.Token, "run", "vilt/shapes");
        Assert.False(running.IsCompleted);
        await interrupt.CancelAsync();
        var result = await running;
        Assert.Equal(130, result.ExitCode);
        Assert.Equal(host.Runs[0].Id, Assert.Single(host.Cancelled));
        Assert.Contains("Ctrl-C again quits at once.", result.Error);
    }

    [Fact]
    public async Task Without_a_terminal_progress_is_a_line_per_stage_and_change()
    {
        var host = new FakeHost
        {
            Progress =
            [
                new("ingest", RunStatus.Completed, 0, 0, "reused"),
                new("search", RunStatus.Running, 5, 20, "loss 1.5"),
                new("search", RunStatus.Running, 6, 20, "loss 1.4"),
                new("search", RunStatus.Completed, 20, 20, ""),
            ],
        };
        var result = await CommandLine.RunAsync(host, "run", "vilt/shapes");
        string[] lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["ingest    completed  00:00:00  reused", "search    25 % (5/20)  00:00:00  loss 1.5", "search    completed  00:00:00"], lines);
    }

    [Theory]
    [InlineData("Unknown recipe 'vilt/shaps'. Did you mean 'vilt/shapes'?", "run", "vilt/shaps")]
    [InlineData("--set search.skp=1: unknown key 'skp'. Did you mean 'skip'?", "run", "vilt/shapes", "--set", "search.skp=1")]
    [InlineData("das run has no option '--frsh'. Did you mean '--fresh'? See das run --help.", "run", "vilt/shapes", "--frsh")]
    [InlineData("das run has no option '--frsh'. Did you mean '--fresh'? See das run --help.", "run", "--frsh")]
    [InlineData("Required argument 'recipe' missing", "run")]
    [InlineData("Unknown verb 'rnu'. Did you mean 'run'?", "rnu")]
    [InlineData("Unknown stage 'serch'. Did you mean 'search'?", "worker", "serch")]
    [InlineData("There are no runs yet.", "show", "3f2a")]
    public async Task Wrong_input_ends_with_2_and_one_sentence_on_the_error_stream(string sentence, params string[] args)
    {
        var result = await CommandLine.RunAsync(args);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(sentence, result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task With_json_an_error_is_an_object_too()
    {
        var result = await CommandLine.RunAsync("show", "3f2a", "--json");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("There are no runs yet.", (string?)result.Json["error"]);
    }

    [Fact]
    public async Task An_unexpected_error_ends_with_1_and_without_a_stack_trace()
    {
        var result = await CommandLine.RunAsync(new PipelineHostThatBreaks(), "runs");
        Assert.Equal((1, "The registry is locked."), (result.ExitCode, result.Error.TrimEnd()));
    }

    private sealed class PipelineHostThatBreaks : PipelineHost
    {
        public override Task<IReadOnlyList<RunView>> ListAsync() => throw new IOException("The registry is locked.");
    }
}
