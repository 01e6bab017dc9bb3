namespace Das.Tests.Cli;

[Collection(nameof(DasHome))]
public class OtherVerbTests
{
    [Fact]
    public async Task Demo_compares_full_adapters_DAS_and_chance_and_writes_a_report()
    {
        using var home = new DasHome();
        var host = new FakeHost();
        var result = await CommandLine.RunAsync(host, "demo", "--set", "search.skip=3");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal([("fixed", 0), ("das", 3), ("random", 3)], host.Started.Select(run => Recipe.Parse(run.Recipe).Search)
            .Select(search => (search.Strategy, search.Skip)));
        Assert.All(["full adapters, k = 0", "DAS, k = 3", "random, k = 3", "71.2 % ± 1.3", "123.46 k", "4.5 G", "1.25"], text =>
            Assert.Contains(text, result.Output));
        string report = await File.ReadAllTextAsync(Path.Combine(home.Path, "demo", "report.md"), Token);
        Assert.Contains("| DAS, k = 3 | [3, 7] | 71.2 % ± 1.3 | 123.46 k | 4.5 G | 1.25 |", report);
    }

    [Fact]
    public async Task Demo_as_json_is_one_object_with_three_runs()
    {
        using var home = new DasHome();
        var result = await CommandLine.RunAsync("demo", "--json");
        Assert.Equal(3, result.Json["runs"]!.AsArray().Count);
    }

    [Fact]
    public async Task Demo_stops_at_the_first_run_that_fails()
    {
        var host = new FakeHost { EndsAs = RunStatus.Failed };
        Assert.Equal(1, (await CommandLine.RunAsync(host, "demo")).ExitCode);
        Assert.Single(host.Started);
    }

    [Fact]
    public async Task Recipes_lists_what_can_be_run()
    {
        var result = await CommandLine.RunAsync("recipes");
        Assert.All(["vilt/vqav2", "vilt/easy-vqa", "vilt/shapes"], name => Assert.Contains(name, result.Output));
    }

    [Fact]
    public async Task Pretrain_says_what_it_wrote() =>
        Assert.Contains("Wrote models/x.safetensors", (await CommandLine.RunAsync("pretrain", "pretrain/vilt-shapes")).Output);

    [Fact]
    public async Task An_interrupted_pretraining_ends_with_130()
    {
        var result = await CommandLine.RunAsync(new FakeHost(), new CancellationToken(canceled: true), "pretrain", "pretrain/vilt-shapes");
        Assert.Equal((130, "Cancelled."), (result.ExitCode, result.Error.TrimEnd()));
    }

    [Fact]
    public async Task Serve_listens_where_it_is_told()
    {
        var host = new FakeHost();
        Assert.Equal(0, (await CommandLine.RunAsync(host, "serve", "--urls", "http://0.0.0.0:8080")).ExitCode);
        Assert.Equal("http://0.0.0.0:8080", Assert.Single(host.Served));
    }

    [Theory]
    [InlineData("ingest")]
    [InlineData("search")]
    [InlineData("finetune")]
    [InlineData("evaluate")]
    public async Task Worker_takes_one_stage(string stage)
    {
        var host = new FakeHost();
        Assert.Equal(0, (await CommandLine.RunAsync(host, "worker", stage)).ExitCode);
        Assert.Equal(stage, Assert.Single(host.Served));
    }
}
