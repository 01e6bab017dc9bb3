namespace Das.Tests.Cli;

public class SweepTests
{
    private static IEnumerable<(int Seed, string Strategy, int Skip)> Order(FakeHost host) =>
        host.Started.Select(run => Recipe.Parse(run.Recipe)).Select(recipe => (recipe.Seed, recipe.Search.Strategy, recipe.Search.Skip));

    [Fact]
    public async Task Every_seed_in_turn_runs_every_k_and_strategy_and_zero_once()
    {
        var host = new FakeHost();
        var result = await CommandLine.RunAsync(host, "sweep", "vilt/shapes", "--set", "finetune.epochs=3", "--skip", "0,2", "--strategies", "das,random",
            "--seeds", "2");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal([(0, "fixed", 0), (0, "das", 2), (0, "random", 2), (1, "fixed", 0), (1, "das", 2), (1, "random", 2)], Order(host));
        Assert.All(host.Started, run => Assert.Equal((3.0, false), (Recipe.Parse(run.Recipe).Finetune.Epochs, run.Fresh)));
        Assert.Equal("vilt/shapes: DAS, k = 2, seed 0", host.Started[1].Name);
        Assert.Contains("1/6  full adapters, k = 0, seed 0\n2/6  DAS, k = 2, seed 0\n", result.Error);
    }

    [Fact]
    public async Task Without_more_words_it_is_das_with_one_seed_and_reuse()
    {
        var host = new FakeHost();
        await CommandLine.RunAsync(host, "sweep", "vilt/shapes", "--skip", "3");
        Assert.Equal([(0, "das", 3)], Order(host));
        Assert.False(host.Started[0].Fresh);
    }

    [Fact]
    public async Task Fresh_is_handed_on()
    {
        var host = new FakeHost();
        await CommandLine.RunAsync(host, "sweep", "vilt/shapes", "--skip", "1,2", "--fresh");
        Assert.All(host.Started, run => Assert.True(run.Fresh));
    }

    [Fact]
    public async Task It_ends_with_the_comparison_of_its_runs()
    {
        var host = new FakeHost { Finish = run => run with { Metrics = [new(MetricNames.Accuracy, .5 + (.1 * Recipe.Parse(run.Recipe).Seed))] } };
        var result = await CommandLine.RunAsync(host, "sweep", "vilt/shapes", "--skip", "0,2", "--seeds", "2");
        Assert.Contains("│ vilt, full adapters, k = 0 │ 55.00 ± 7.07 (2) │", result.Output);
        Assert.Contains("│ vilt, DAS, k = 2           │ 55.00 ± 7.07 (2) │", result.Output);
        Assert.Contains($"das compare {string.Join(' ', host.Runs.AsEnumerable().Reverse().Select(run => run.Id.ToString("N")[..8]))}", result.Output);
    }

    [Fact]
    public async Task Json_is_one_object_with_the_runs_and_the_tables_rows()
    {
        var host = new FakeHost();
        var result = await CommandLine.RunAsync(host, "sweep", "vilt/shapes", "--skip", "0,2", "--json");
        Assert.Equal(host.Runs.Select(run => run.Id).Reverse(), result.Json["runs"]!.AsArray().Select(run => Guid.Parse((string)run!["id"]!)));
        Assert.Equal(["full adapters, k = 0", "DAS, k = 2"], result.Json["rows"]!.AsArray().Select(row => (string)row!["method"]!["title"]!));
    }

    [Fact]
    public async Task A_failed_run_does_not_lose_the_others_and_is_told_at_the_end()
    {
        var host = new FakeHost { Finish = run => Recipe.Parse(run.Recipe).Search.Skip == 1
            ? run with { Status = RunStatus.Failed, Error = "The image 7.png is broken." } : run };
        var result = await CommandLine.RunAsync(host, "sweep", "vilt/shapes", "--skip", "1,2,3");
        Assert.Equal((1, 3), (result.ExitCode, host.Started.Count));
        Assert.Contains("vilt, DAS, k = 3", result.Output);
        Assert.DoesNotContain("vilt, DAS, k = 1", result.Output);
        string failed = host.Runs[2].Id.ToString("N")[..8];
        Assert.EndsWith($"{failed} (DAS, k = 1, seed 0) failed: The image 7.png is broken. Go on with it: das retry {failed}\n2 of 3 runs are complete.\n",
            result.Error);
    }

    [Fact]
    public async Task When_all_fail_there_is_no_table()
    {
        var result = await CommandLine.RunAsync(new FakeHost { EndsAs = RunStatus.Failed }, "sweep", "vilt/shapes", "--skip", "1,2");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.EndsWith("0 of 2 runs are complete.", result.Error.TrimEnd());
        Assert.Empty((await CommandLine.RunAsync(new FakeHost { EndsAs = RunStatus.Failed }, "sweep", "vilt/shapes", "--skip", "1",
            "--json")).Json["rows"]!.AsArray());
    }

    [Fact]
    public async Task The_first_interrupt_cancels_the_current_run_and_starts_no_other()
    {
        using var interrupt = new CancellationTokenSource();
        var host = new FakeHost { EndsAs = RunStatus.Running };
        var running = CommandLine.RunAsync(host, interrupt.Token, "sweep", "vilt/shapes", "--skip", "1,2");
        Assert.False(running.IsCompleted);
        await interrupt.CancelAsync();
        var result = await running;
        Assert.Equal((130, 1), (result.ExitCode, host.Started.Count));
        Assert.Equal(host.Runs[0].Id, Assert.Single(host.Cancelled));
        Assert.EndsWith("0 of 2 runs are complete; cancelled.", result.Error.TrimEnd());
    }

    [Theory]
    [InlineData("--skip 1,x: 'x' is no number of layers; expected numbers of at least 0 separated by commas, such as 0,1,2,4.", "--skip", "1,x")]
    [InlineData("--skip 0,-1: '-1' is no number of layers; expected numbers of at least 0 separated by commas, such as 0,1,2,4.", "--skip", "0,-1")]
    [InlineData("--skip 1,2,1: 1 stands there twice; expected every value once.", "--skip", "1,2,1")]
    [InlineData("--skip 1,,2: expected values separated by single commas.", "--skip", "1,,2")]
    [InlineData("--strategies das,randm: Unknown strategy 'randm'. Did you mean 'random'? Known: das, random.", "--skip", "1", "--strategies", "das,randm")]
    [InlineData("--strategies das,das: das stands there twice; expected every value once.", "--skip", "1", "--strategies", "das,das")]
    [InlineData("--seeds 0: expected how many seeds to run, a number of at least 1, such as 3.", "--skip", "1", "--seeds", "0")]
    [InlineData("--seeds many: expected how many seeds to run, a number of at least 1, such as 3.", "--skip", "1", "--seeds", "many")]
    [InlineData("Option '--skip' is required. See das sweep --help.")]
    public async Task A_wrong_list_starts_nothing_and_says_what_was_expected(string sentence, params string[] options)
    {
        var host = new FakeHost();
        var result = await CommandLine.RunAsync(host, ["sweep", "vilt/shapes", .. options]);
        Assert.Equal((2, sentence), (result.ExitCode, result.Error.TrimEnd()));
        Assert.Empty(host.Started);
    }

    [Fact]
    public async Task A_variant_that_cannot_run_is_refused_before_anything_starts()
    {
        var host = new FakeHost();
        var result = await CommandLine.RunAsync(host, "sweep", "vilt/shapes", "--set", "search.strategy=random", "--set", "search.warmupEpochs=5", "--skip",
            "0,2");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("search.warmupEpochs", result.Error);
        Assert.Empty(host.Started);
    }
}
