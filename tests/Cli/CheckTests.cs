using Das.Cli.Hosting;

namespace Das.Tests.Cli;

/// <summary>What is found before a run exists.</summary>
[Collection(nameof(DasHome))]
public sealed class CheckTests : IDisposable
{
    private static readonly string model = Path.Combine(Repository.Root, "models", "vilt-shapes");
    private static readonly string[] shapes = Sets($"backbone.checkpoint={model}/model.safetensors"),
        small = [.. shapes, .. Sets("benchmark.options.trainImages=40", "benchmark.options.valImages=8", "benchmark.options.testImages=12")[1..]];

    private readonly DasHome home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("search.skip", "'search.skip' is 99, but a search over 8 candidate layers can skip 1 to 7 of them.", "search.skip=99")]
    [InlineData("search.skipModule", "'search.skipModule' is empty, but search.strategy is 'fixed'", "search.strategy=fixed")]
    [InlineData("search.skipModule", "names layer 8, but the backbone's candidate layers are 0 to 7", "search.strategy=fixed", "search.skipModule=[8]")]
    [InlineData("search.candidates", "there are 28 ways to skip 2 of 8 layers", "search.candidates=29")]
    [InlineData("backbone.checkpoint", "names 'no.safetensors', which does not exist", "backbone.checkpoint=no.safetensors")]
    [InlineData("backbone.vocabulary", "names 'no.txt', which does not exist", "backbone.vocabulary=no.txt")]
    [InlineData("backbone.name", "Did you mean 'vilt'?", "backbone.name=vit")]
    [InlineData("backbone.config", "Did you mean 'hiddenSize'?", "backbone.config.hidenSize=8")]
    [InlineData("benchmark.name", "Did you mean 'shapes'?", "benchmark.name=shape", "benchmark.options=null")]
    [InlineData("benchmark.name", "its task, language, needs one that continues a text", "benchmark.name=boolq", "benchmark.options=null")]
    [InlineData("benchmark.source", "is missing: easy-vqa needs the folder or zip", "benchmark.name=easy-vqa", "benchmark.options=null")]
    [InlineData("benchmark.source", "names 'nowhere', which does not exist", "benchmark.name=easy-vqa", "benchmark.options=null", "benchmark.source=nowhere")]
    [InlineData("device", "device is 'cuda:7'", "device=cuda:7")]
    public async Task A_flaw_is_named_with_its_key_and_no_run_begins(string key, string sentence, params string[] sets)
    {
        await using PipelineHost host = new();
        string[] given = [.. shapes, .. Sets(sets)[1..]];
        CommandLine refused = await CommandLine.RunAsync(host, ["run", .. given]), planned = await CommandLine.RunAsync(host, ["check", .. given, "--json"]);
        Assert.Equal((2, 2), (refused.ExitCode, planned.ExitCode));
        Assert.Contains(sentence, refused.Error);
        Assert.Contains(planned.Json["flaws"]!.AsArray(), flaw => (string?)flaw!["path"] == key && ((string)flaw["sentence"]!).Contains(sentence));
        Assert.Empty(await host.ListAsync());
    }

    [Fact]
    public async Task Weights_that_no_memory_here_holds_are_refused_before_anything_is_read()
    {
        long elements = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / sizeof(float) * 2, bytes = elements * sizeof(float);
        string path = Path.Combine(home.Path, "large.safetensors");
        byte[] header = Encoding.UTF8.GetBytes($$"""{"a":{"dtype":"F32","shape":[{{elements}}],"data_offsets":[0,{{bytes}}] } }""");
        using (FileStream file = File.Create(path))
        {
            file.Write(BitConverter.GetBytes((long)header.Length));
            file.Write(header);
            file.SetLength(sizeof(long) + header.Length + bytes);
        }
        await using PipelineHost host = new();
        CommandLine refused = await CommandLine.RunAsync(host,
            ["run", .. Sets("device=cpu", $"backbone.checkpoint={path}", $"backbone.vocabulary={model}/vocab.txt")]);
        Assert.Contains($"'backbone.checkpoint': A model of {elements:N0} numbers takes ", refused.Error);
    }

    [Fact]
    public async Task A_plan_says_what_will_be_reused_and_how_much_data_there_is()
    {
        await using PipelineHost host = new();
        CommandLine before = await CommandLine.RunAsync(host, ["run", .. small, "--check"]);
        Assert.Equal(0, before.ExitCode);
        Assert.Contains("no earlier run did this stage", before.Output);
        Assert.Contains("shapes_train: 40 rows", before.Output);
        Assert.Empty(await host.ListAsync());

        string page = Path.Combine(home.Path, "data.html");
        Assert.Equal(0, (await CommandLine.RunAsync(host, ["check", .. small, "--html", page])).ExitCode);
        string html = await File.ReadAllTextAsync(page, Token);
        string[] shown = ["<h1>vilt/shapes</h1>", "Commonest answers", "data:image/png;base64,", "<td>train</td>"];
        Assert.All(shown, expected => Assert.Contains(expected, html));
        Assert.Empty(await host.ListAsync());

        CommandLine after = await CommandLine.RunAsync(host, ["check", .. small, "--json"]),
            fresh = await CommandLine.RunAsync(host, ["check", .. small, "--fresh", "--json"]);
        Assert.Equal([true, false, false, false], after.Json["stages"]!.AsArray().Select(stage => (bool)stage!["reused"]!));
        Assert.Contains(after.Json["notes"]!.AsArray(), note => ((string)note!).StartsWith("train: "));
        Assert.All(fresh.Json["stages"]!.AsArray(), stage => Assert.False((bool)stage!["reused"]!));

        CommandLine tooShort = await CommandLine.RunAsync(host, ["check", .. small, "--set", "search.epochs=0.01", "--set", "search.warmupEpochs=0"]);
        Assert.Contains("The search would end before its first preference update", tooShort.Output);
    }

    private static string[] Sets(params string[] sets) => ["vilt/shapes", .. sets.SelectMany(set => new[] { "--set", set })];

    [Fact]
    public async Task Every_verb_that_starts_runs_checks_first()
    {
        foreach (string[] verb in new[] { ["run", "vilt/shapes"], ["sweep", "vilt/shapes", "--skip", "1,2"], new[] { "demo" } })
        {
            FakeHost host = new() { Checks = { Flaws = [new("search.skip", "is too much"), new("device", "is missing")] } };
            CommandLine refused = await CommandLine.RunAsync(host, verb);
            Assert.Equal((2, "'search.skip' is too much. (1 more: das check lists them.)"), (refused.ExitCode, refused.Error.Trim()));
            Assert.Empty(host.Started);
        }
    }
}
