using Das.Artifacts;
using Das.Benchmarks.Images;
using Das.Recipes;
using Das.Stages;

namespace Das.Ingest;

/// <summary>Turns a benchmark's raw files into a dataset.</summary>
public sealed class IngestStage() : Stage<IngestDataset, DatasetIngested>(PipelineStages.Das)
{
    public override StageJob Read(IngestDataset command)
    {
        Recipe whole = Recipe.Parse(command.Recipe);
        BenchmarkRecipe recipe = whole.Benchmark;
        Benchmark benchmark = BenchmarkCatalog.Get(recipe.Name);
        JsonObject part = new()
        {
            ["benchmark"] = benchmark.Name,
            ["version"] = benchmark.Version,
            ["onBadInput"] = recipe.OnBadInput,
            ["options"] = recipe.Options?.DeepClone(),
        };
        Action<int, int>? check = TransformLimits.Of(whole.Backbone.Name, whole.Backbone.ImageSize);
        // Only where pictures are skipped do the rows depend on whose model they are for: docs/decisions/0014-recipe-keys.md.
        if (check is not null && recipe.OnBadInput == "skip") part["picturesFor"] = $"{whole.Backbone.Name} {whole.Backbone.ImageSize}";
        // Such a dataset once named its bad inputs by their whole paths, which are no part of the key.
        if (recipe.OnBadInput == "skip") part["badInputs"] = "named within the source";
        string[] inputs = recipe.Source is { } source ? [SourceFingerprint.Of(source)] : [];
        return new(part, [], inputs, (workspace, cancellation) => WriteAsync(benchmark, recipe, check, workspace, cancellation));
    }

    public override DatasetIngested Answer(IngestDataset command, StageFinished done) => new(command.RunId, done.Artifact);

    private static async Task<StageOutcome> WriteAsync(Benchmark benchmark, BenchmarkRecipe recipe, Action<int, int>? check, StageWorkspace workspace,
        CancellationToken cancellation)
    {
        DatasetManifest manifest = await DatasetWriter.WriteAsync(benchmark, recipe.Source, recipe.Options, recipe.OnBadInput, workspace.Folder,
            new Relay(workspace), cancellation, check);
        return new([ResultFiles.Manifest, ResultFiles.Answers, .. manifest.Files.Select(file => file.Name)], new JsonObject
        {
            ["images"] = manifest.Files.Sum(file => file.Rows),
            ["questions"] = manifest.Files.Sum(file => file.Questions),
            ["badInputs"] = manifest.BadInputs,
        }) { LeftOut = manifest.LeftOut ?? [] };
    }

    /// <summary>Hands progress on at once; <see cref="Progress{T}"/> would do so on another thread, out of order.</summary>
    private sealed class Relay(StageWorkspace workspace) : IProgress<(long Done, long Total, string Note)>
    {
        public void Report((long Done, long Total, string Note) value) => workspace.Report(value.Done, value.Total, value.Note);
    }
}
