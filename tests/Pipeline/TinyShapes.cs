namespace Das.Tests.Pipeline;

/// <summary>A few generated scenes, ingested once, and a recipe on them that takes seconds.</summary>
public sealed class TinyShapes : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("das-tiny-").FullName;

    public string Dataset => Path.Combine(root, "dataset");

    public static string Models => Repository.PathOf("models/vilt-shapes");

    /// <summary>What makes <c>vilt/shapes</c> a run of seconds.</summary>
    public static string[] Sets { get; } =
    [
        $"backbone.checkpoint={Path.Combine(Models, "model.safetensors")}",
        "device=cpu", """benchmark.options={"trainImages":40,"valImages":10,"testImages":10}""",
        "search.every=3", "search.rewardBatch=8", "search.epochs=1", "search.warmupEpochs=0.25",
        "search.optimization.batch=16", "search.optimization.microBatch=8", "finetune.epochs=1",
        "finetune.optimization.batch=16", "finetune.optimization.microBatch=8", "evaluate.timingRounds=1",
    ];

    public static Recipe Recipe { get; } = RecipeFile.Load(Repository.PathOf("recipes/vilt/shapes.json"), Sets);

    /// <summary>A folder of a stage's own.</summary>
    public StageWorkspace Workspace(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        return new(Guid.NewGuid(), name, folder, (StageProgressed _, CancellationToken _) => Task.CompletedTask, Token);
    }

    public async ValueTask InitializeAsync() =>
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get("shapes"), null, Recipe.Benchmark.Options, "stop", Dataset, new Progress<(long, long, string)>(),
            Token);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
