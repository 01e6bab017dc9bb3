using Das.Cli.Hosting;
using RunView = Das.Control.Runs.RunView;

namespace Das.Tests.Control.History;

/// <summary>A home of two runs whose registry is gone.</summary>
[Collection(nameof(Cli.DasHome))]
public sealed class RegistryRebuildTests : IDisposable
{
    private const string Lost = "There is no registry of runs in ";
    private readonly Cli.DasHome home = new();

    public RegistryRebuildTests()
    {
        FormerHomeTests.CopyTo(home.Path);
        foreach (string file in Directory.GetFiles(home.Path, "registry.db*")) File.Delete(file);
    }

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_lost_registry_is_said_and_made_again_of_what_lies_in_the_store()
    {
        await using PipelineHost host = new();
        Cli.CommandLine before = await Cli.CommandLine.RunAsync(host, "runs");
        Assert.StartsWith($"{Lost}{home.Path}, but 6 finished stages lie in its store.", before.Error);
        Assert.Contains("is empty, but 6 finished stages lie in its store.", (await Cli.CommandLine.RunAsync(host, "runs")).Error);
        Assert.Contains("das registry rebuild", (await Cli.CommandLine.RunAsync(host, "doctor")).Output);

        JsonObject rebuilt = (await Cli.CommandLine.RunAsync(host, "registry", "rebuild", "--json")).Json;
        Assert.Equal((7, 2, 0), ((int)rebuilt["artifacts"]!, (int)rebuilt["runs"]!, rebuilt["unreadable"]!.AsArray().Count));
        Cli.CommandLine after = await Cli.CommandLine.RunAsync(host, "runs", "--json");
        Assert.Equal("", after.Error);
        JsonArray runs = after.Json["runs"]!.AsArray();
        Assert.Equal(2, runs.Count);
        Assert.All(runs, run => Assert.Equal(("completed", 0.2564102564102564), ((string)run!["status"]!, (double)run["metrics"]!["accuracy"]!)));
        Assert.Equal([1, 3], runs.Select(run => (int)run!["skipModule"]![0]!).Order());

        JsonObject again = (await Cli.CommandLine.RunAsync(host, "registry", "rebuild", "--json")).Json;
        Assert.Equal((0, 0), ((int)again["artifacts"]!, (int)again["runs"]!));
    }

    [Fact]
    public async Task A_run_of_an_early_build_says_what_is_not_known_and_results_that_are_not_whole_are_named()
    {
        foreach (string checkpoint in Directory.GetFiles(home.Path, "model.safetensors", SearchOption.AllDirectories)) File.Delete(checkpoint);
        string report = Directory.GetFiles(home.Path, "report.json", SearchOption.AllDirectories).Order().First();
        File.WriteAllText(report, new string('x', (int)new FileInfo(report).Length));
        await using PipelineHost host = new();
        JsonObject rebuilt = (await Cli.CommandLine.RunAsync(host, "registry", "rebuild", "--json")).Json;
        Assert.Equal((4, 1, 0, 3), ((int)rebuilt["artifacts"]!, (int)rebuilt["runs"]!, (int)rebuilt["withRecipe"]!, rebuilt["unreadable"]!.AsArray().Count));
        await using ServiceProvider registry = Site.Access.SignInSite.RegistryOf(home.Path);
        RunView run = Assert.Single(await registry.GetRequiredService<RunRegistry>().ListAsync());
        Assert.Contains("Its recipe, dataset and checkpoint are not known.", run.Notes);
        Assert.Equal(("rebuilt", "shapes"), (Assert.Single(run.Tags), run.Benchmark));
        Assert.Equal(["evaluate"], run.Artifacts.Keys);
    }

    [Fact]
    public async Task A_run_is_the_one_that_had_its_evaluation_made_with_recipe_dataset_and_checkpoint()
    {
        await using ServiceProvider registry = Site.Access.SignInSite.RegistryOf(home.Path);
        ArtifactStore store = registry.GetRequiredService<ArtifactStore>();
        ArtifactRef dataset = Of("ingest"), checkpoint = Of("finetune"), evaluation = Of("evaluate");
        StageOrigin origin = new(Guid.NewGuid(), RecipeCatalog.Default().Load("vilt/shapes").ToCanonicalJson(), [dataset, checkpoint]);
        ResultFiles.Write(Path.Combine(home.Path, "artifacts", Path.GetDirectoryName(evaluation.Uri)!, ResultFiles.Making),
            new StageMaking("1", 3, "box", "cpu", 2, 1, DateTime.UnixEpoch, DateTime.UnixEpoch) { Origin = origin });
        RebuiltRegistry rebuilt = await ActivatorUtilities.CreateInstance<RegistryRebuild>(registry).RebuildAsync();
        Assert.Equal((2, 1), (rebuilt.Runs, rebuilt.WithRecipe));
        RunView run = (await registry.GetRequiredService<RunRegistry>().FindAsync(origin.Run))!;
        Assert.Equal(("vilt/shapes", origin.Recipe), (run.RecipeName, run.Recipe));
        Assert.Equal([dataset, checkpoint, evaluation], run.Artifacts.Values);
        Assert.Equal(["finetune", "ingest"],
            (await registry.GetRequiredService<RunLineage>().OfAsync(run)).Single(step => step.Stage == "evaluate").MadeFrom.Order());

        ArtifactRef Of(string stage) =>
            store.Find(stage, Path.GetFileName(Directory.GetDirectories(Path.Combine(home.Path, "artifacts", stage)).Order().First())).Finished!.Artifact;
    }

    [Fact]
    public async Task What_a_run_leaves_behind_is_enough_to_know_it_again()
    {
        RunView ran;
        string folder = Path.Combine(home.Path, "other");
        await using (PipelineProcess process = await PipelineProcess.StartAsync(folder)) ran = await process.RunAsync();
        StageOrigin origin = StageMaking.Find(new(Path.Combine(folder, "artifacts")), ran.Artifacts["evaluate"])!.Origin!;
        Assert.Equal((ran.Id, ran.Recipe), (origin.Run, origin.Recipe));
    }
}
