using Das.Cli.Hosting;
using Das.Tests.Cli;

namespace Das.Tests.Hub;

/// <summary>Recipes that name a model on a hub, from the check to the report.</summary>
[Collection(nameof(Cli.DasHome))]
public sealed class HubRunTests : FolderTest
{
    private static readonly string model = Repository.PathOf("tests/fixtures/parity/decoders/M07_mistral_window/model");
    private readonly Cli.DasHome home = new();

    public override void Dispose()
    {
        home.Dispose();
        base.Dispose();
    }

    private static Task<HubServer> Server() => HubServer.StartAsync("org/tiny", HubServer.Folder(model));

    private HubVariables Variables(HubServer server) => new(("HF_ENDPOINT", server.Endpoint), ("HF_HOME", folder["hf"]));

    private string Recipe(string checkpoint)
    {
        string[] rows = [.. Enumerable.Range(0, 16).Select(i => LanguageTasksTests.Gsm8k(i))];
        folder.Write("data/train.jsonl", string.Join('\n', rows[..12]));
        folder.Write("data/test.jsonl", string.Join('\n', rows[12..]));
        OptimizationRecipe optimization = new() { Batch = 2, MicroBatch = 2, Grouping = "lavin", Optimizer = "torch", Dropout = 0 };
        return folder.Write("tiny.json", new Recipe
        {
            Name = "tiny", Device = "cpu", Benchmark = new() { Name = "gsm8k", Source = folder["data"] },
            Backbone = new() { Name = "llama", Checkpoint = checkpoint, InLayerBottleneck = 4, ReplacementBottleneck = 6 },
            Search = new() { Strategy = "random", Epochs = 0.5, WarmupEpochs = 0, RewardBatch = 2, Optimization = optimization },
            Finetune = new() { Epochs = 0.5, Optimization = optimization },
            Evaluate = new() { Batch = 2, MaxNewTokens = 2, TimingRounds = 0 },
        }.ToCanonicalJson());
    }

    [Fact]
    public async Task A_run_names_the_commit_downloads_what_it_names_and_is_reused_offline_and_from_a_copy_of_the_folder()
    {
        await using HubServer server = await Server();
        using HubVariables variables = Variables(server);
        string file = Recipe("hf:org/tiny");
        await using (PipelineHost host = new())
        {
            CommandLine planned = await CommandLine.RunAsync(host, "check", file, "--json");
            Assert.True(planned.ExitCode == 0, planned.Output);
            Assert.Contains("hf:org/tiny is downloaded first: 4 files, ", $"{planned.Json["notes"]![0]}");
            Assert.Equal(0, server.Downloads("model.safetensors"));

            CommandLine ran = await CommandLine.RunAsync(host, "run", file, "--json");
            Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
            Assert.Equal(1, server.Downloads("model.safetensors"));
            Das.Cli.Hosting.RunView run = Assert.Single(await host.ListAsync());
            Assert.Equal($"hf:org/tiny@{HubServer.Commit}", Das.Recipes.Recipe.Parse(run.Recipe).Backbone.Checkpoint);
        }
        variables["HF_HUB_OFFLINE"] = "1";
        server.Requests.Clear();
        await using (PipelineHost host = new())
        {
            CommandLine planned = await CommandLine.RunAsync(host, "check", file, "--json");
            Assert.All(planned.Json["stages"]!.AsArray(), stage => Assert.True((bool)stage!["reused"]!, planned.Output));
            foreach (string checkpoint in new[] { "hf:org/tiny", model })
                Assert.Equal(0, (await CommandLine.RunAsync(host, "run", file, "--set", $"backbone.checkpoint={checkpoint}", "--json")).ExitCode);
            Assert.All((await host.ListAsync()).Take(2), run => Assert.All(run.Stages, stage => Assert.True(stage.Reused)));
        }
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_a_flaw_of_its_key_before_a_run_exists()
    {
        await using HubServer server = await Server();
        using HubVariables variables = Variables(server);
        await using PipelineHost host = new();
        foreach ((string name, string sentence) in new[]
        {
            ("hf:org/none", "has no model 'org/none'"), ("hf:org/tiny@v9", "has no revision 'v9'"), ("hf:org/tiny:a.gguf", "has no file 'a.gguf'"),
            ("hf:org//tiny", "names the repository 'org//tiny', which is none"),
        })
        {
            CommandLine planned = await CommandLine.RunAsync(host, "check", Recipe("models"), "--set", $"backbone.checkpoint={name}", "--json"),
                ran = await CommandLine.RunAsync(host, "run", Recipe("models"), "--set", $"backbone.checkpoint={name}");
            Assert.Equal((2, 2), (planned.ExitCode, ran.ExitCode));
            Assert.Contains(sentence, planned.Output);
            Assert.Contains(sentence, ran.Error);
            Assert.Contains("backbone.checkpoint", ran.Error);
        }
        Assert.Empty(await host.ListAsync());
    }

    [Fact]
    public async Task A_stage_whose_recipe_names_no_commit_refuses_it_and_one_whose_model_is_gone_says_what_is_missing()
    {
        await using HubServer server = await Server();
        using HubVariables variables = Variables(server);
        SearchStage stage = new(new(home.Path));
        SearchArchitecture Command(string name) => new(Guid.NewGuid(), RecipeFile.Load(Recipe(name)).ToCanonicalJson(), false, new("a/b/result.json", "", 0));
        Task Fetch(string name) => stage.FetchAsync(Command(name), (_, _, _) => { }, Token);
        Assert.Contains("whose revision is no commit", (await Refuses.OfAsync(ErrorKind.Recipe, () => Fetch("hf:org/tiny"))).Message);
        string exact = $"hf:org/tiny@{HubServer.Commit}";
        Refuses.Checkpoint("Run das pull hf:org/tiny@", () => stage.Read(Command(exact)));
        List<(long Done, long Total)> seen = [];
        await stage.FetchAsync(Command(exact), (done, total, _) => seen.Add((done, total)), Token);
        Assert.Equal(seen[^1].Total, seen[^1].Done);
        BackboneRecipe copy = new() { Name = "llama", Checkpoint = model };
        Assert.Equal(BackboneFiles.Digests(copy), stage.Read(Command(exact)).OtherInputs);
    }

    [Fact]
    public async Task Pull_prints_where_a_model_lies_and_init_writes_a_recipe_that_names_its_commit()
    {
        await using HubServer server = await Server();
        using HubVariables variables = Variables(server);
        CommandLine pulled = await CommandLine.RunAsync("pull", "org/tiny", "--json");
        Assert.True(pulled.ExitCode == 0, pulled.Error);
        JsonNode one = Assert.Single(JsonNode.Parse(pulled.Output)!.AsArray())!;
        Assert.Equal(($"hf:org/tiny@{HubServer.Commit}", folder[$"hf/hub/models--org--tiny/snapshots/{HubServer.Commit}"]),
            ((string?)one["name"], (string?)one["path"]));
        CommandLine again = await CommandLine.RunAsync("pull", "hf:org/tiny@main");
        Assert.Contains((string)one["path"]!, again.Output);
        Assert.Equal(1, server.Downloads("model.safetensors"));
        CommandLine refused = await CommandLine.RunAsync("pull", "org/none");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("has no model 'org/none'", refused.Error);

        folder.Write("texts/train.jsonl", string.Join('\n', Enumerable.Range(0, 40).Select(i => $"{{\"question\": \"{i}?\", \"answer\": \"{i % 2}\"}}")));
        CommandLine written = await CommandLine.RunAsync("init", "--data", folder["texts"], "--model", "hf:org/tiny", "--output", folder["own.json"]);
        Assert.True(written.ExitCode == 0, written.Error);
        Assert.Equal($"hf:org/tiny@{HubServer.Commit}", RecipeFile.Load(folder["own.json"]).Backbone.Checkpoint);
        await using PipelineHost host = new();
        CommandLine planned = await CommandLine.RunAsync(host, "check", folder["own.json"]);
        Assert.True(planned.ExitCode == 0, planned.Output);
    }
}
