using Das.Artifacts;
using Das.Recipes;

namespace Das.Ingest;

/// <summary>What makes a dataset the same dataset, and its making.</summary>
public static class IngestStage
{
    public const string Name = "ingest";

    /// <summary>Raised whenever the same raw files give other bytes.</summary>
    private const int Version = 2;

    public static StageRequest Request(IngestDataset command)
    {
        BenchmarkRecipe recipe = Recipe.Parse(command.Recipe).Benchmark;
        Benchmark benchmark = BenchmarkCatalog.Get(recipe.Name);
        JsonObject part = new()
        {
            ["benchmark"] = benchmark.Name,
            ["version"] = benchmark.Version,
            ["onBadInput"] = recipe.OnBadInput,
            ["options"] = recipe.Options?.DeepClone(),
        };
        string[] inputs = recipe.Source is { } source ? [SourceFingerprint.Of(source)] : [];
        return new(command.RunId, Name, Version, part, inputs, command.Fresh);
    }

    public static async Task<StageOutcome> RunAsync(IngestDataset command, StageWorkspace workspace, CancellationToken cancellation)
    {
        BenchmarkRecipe recipe = Recipe.Parse(command.Recipe).Benchmark;
        DatasetManifest manifest = await DatasetWriter.WriteAsync(BenchmarkCatalog.Get(recipe.Name), recipe.Source, recipe.Options,
            recipe.OnBadInput, workspace.Folder, new Relay(workspace), cancellation);
        return new([DatasetManifest.FileName, DatasetManifest.AnswersName, .. manifest.Files.Select(file => file.Name)], new JsonObject
        {
            ["images"] = manifest.Files.Sum(file => file.Rows),
            ["questions"] = manifest.Files.Sum(file => file.Questions),
            ["badInputs"] = manifest.BadInputs,
        });
    }

    /// <summary>Hands progress on at once; <see cref="Progress{T}"/> would do so on another thread, out of order.</summary>
    private sealed class Relay(StageWorkspace workspace) : IProgress<(long Done, long Total, string Note)>
    {
        public void Report((long Done, long Total, string Note) value) => workspace.Report(value.Done, value.Total, value.Note);
    }
}
