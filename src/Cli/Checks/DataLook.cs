using Das.Benchmarks.Catalog;
using Das.Benchmarks.Raw;
using Das.Benchmarks.Tasks;
using Das.Ingest;
using Das.Models;
using Das.Training.Tasks;

namespace Das.Cli.Checks;

/// <summary>What is found where a recipe says that its benchmark's raw files lie.</summary>
internal static class DataLook
{
    private const string Name = "benchmark.name", Source = "benchmark.source";

    /// <summary>What keeps the data from being used, as far as that can be seen without reading them.</summary>
    public static IEnumerable<Flaw> Flaws(Recipe recipe)
    {
        if (BenchmarkCatalog.Find(recipe.Benchmark.Name) is not { } benchmark)
        {
            yield return new(Name, "is unknown")
            {
                Sentence = Nearest.Unknown("benchmark", recipe.Benchmark.Name, BenchmarkCatalog.All.Select(known => known.Name)),
            };
            yield break;
        }
        if (BackboneCatalog.Names.Contains(recipe.Backbone.Name)
            && TrainableTasks.Of(benchmark.Task).Family.Refusal(BackboneCatalog.Get(recipe.Backbone.Name), benchmark.Name, benchmark.Task) is { } refusal)
            yield return new(Name, "does not fit the backbone") { Sentence = refusal };
        if (benchmark.NeedsSource && string.IsNullOrWhiteSpace(recipe.Benchmark.Source))
            yield return new(Source, $"is missing: {benchmark.Name} needs the folder or zip of its raw files");
        else if (benchmark.NeedsSource && !Path.Exists(recipe.Benchmark.Source))
            yield return new(Source, $"names '{recipe.Benchmark.Source}', which does not exist: give the folder or zip of {benchmark.Name}'s raw files");
    }

    /// <summary>Reads the raw questions and answers, and no picture.</summary>
    /// <returns>What keeps them from being used, and lines about what there is.</returns>
    public static (IReadOnlyList<Flaw> Flaws, IReadOnlyList<string> Notes) Read(BenchmarkRecipe recipe, CancellationToken cancellation)
    {
        BadInputs bad = new(recipe.OnBadInput);
        try
        {
            using RawDataset raw = DatasetWriter.Open(BenchmarkCatalog.Get(recipe.Name), recipe.Source, recipe.Options, bad, cancellation);
            return ([], [.. raw.Tables.Select(table => $"{table.Name}: {table.Count:N0} rows"), .. Missing(bad.LeftOut, bad.Count, bad.First)]);
        }
        catch (DasException unusable)
        {
            return ([new(Source, "cannot be used") { Sentence = $"'{Source}': {unusable.Message}" }], []);
        }
    }

    /// <summary>Lines about a dataset that an earlier run has ingested.</summary>
    public static IReadOnlyList<string> Read(DatasetManifest dataset) =>
    [
        .. dataset.Splits.Select(split => $"{split.Key}: {Samples(dataset, split.Key):N0} samples"),
        .. Missing(dataset.LeftOut ?? [], dataset.BadInputs, dataset.FirstBadInputs),
    ];

    /// <summary>Samples of a split; 0 where there is no such split.</summary>
    public static long Samples(DatasetManifest dataset, string split) =>
        dataset.Splits.TryGetValue(split, out string[]? tables) ? dataset.Files.Where(file => tables.Contains(file.Name)).Sum(file => file.Questions) : 0;

    private static IEnumerable<string> Missing(LeftOutRows left, long bad, IReadOnlyList<BadInput> first) =>
    [
        .. left.SelectMany(split => split.Value.Select(reason => $"{split.Key}: {reason.Value:N0} {reason.Key} are left out")),
        .. bad == 0 ? Array.Empty<string>() : [$"{bad:N0} unusable inputs are skipped, the first: {first[0].Input}: {first[0].Reason}"],
    ];
}
