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
    public async Task Demo_of_a_decoder_teaches_it_made_questions_through_all_stages()
    {
        using var home = new DasHome();
        await using Das.Cli.Hosting.PipelineHost host = new();
        string model = Repository.PathOf("tests/fixtures/parity/decoders/M07_mistral_window/model");
        string[] shorter = ["search.optimization.batch=8", "search.epochs=0.3", "search.warmupEpochs=0.1", "finetune.epochs=0.1",
            "finetune.optimization.learningRate=0.01", "evaluate.timingRounds=1", "evaluate.maxNewTokens=2", "device=cpu"];
        var result = await CommandLine.RunAsync(host, ["demo", "--model", model, .. shorter.SelectMany(set => new[] { "--set", set }), "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        var runs = await host.ListAsync();
        Assert.Equal(["demo: DAS, k = 1", "demo: full adapters, k = 0", "demo: random, k = 1"], runs.Select(run => run.Name).Order(StringComparer.Ordinal));
        Assert.Equal(("llama", "texts", 0.1), Of(runs[0].Recipe));
        Assert.All(runs, run => Assert.Contains(run.Metrics, metric => metric.Name == "likelihoodAccuracy"));
        Assert.Contains("demo/words", File.ReadAllText((string)result.Json["report"]!));

        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(home.Path, "demo", "words", "train.jsonl"));
        Assert.Equal(0, (await CommandLine.RunAsync(host, ["demo", "--model", model, .. shorter.SelectMany(set => new[] { "--set", set })])).ExitCode);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(home.Path, "demo", "words", "train.jsonl")));
        Assert.All((await host.ListAsync()).Take(3), run => Assert.All(run.Stages, stage => Assert.True(stage.Reused, stage.Stage)));

        static (string, string, double) Of(string json)
        {
            Recipe recipe = Recipe.Parse(json);
            return (recipe.Backbone.Name, recipe.Benchmark.Name, recipe.Finetune.Epochs);
        }
    }

    [Theory]
    [InlineData("models/vilt-shapes/model.safetensors", "is a vilt, which answers questions about pictures")]
    [InlineData("no-such-folder", "does not exist")]
    public async Task Demo_of_what_is_no_decoder_says_so_and_starts_nothing(string model, string sentence)
    {
        using var home = new DasHome();
        var host = new FakeHost();
        var result = await CommandLine.RunAsync(host, "demo", "--model", Path.Combine(Repository.Root, model));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Error);
        Assert.Empty(host.Started);
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
