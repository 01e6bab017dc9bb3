using System.Text.Json;
using Das.Stages;
using Das.Training.Files;
using DoneStage = Das.Control.Runs.StageView;

namespace Das.Cli.Checks;

/// <summary>What stages will take, from what earlier runs took: never from what was not measured.</summary>
/// <param name="earlier">Newest first.</param>
/// <param name="store">Holds their results.</param>
internal sealed class Forecast(IReadOnlyList<View> earlier, ArtifactStore store)
{
    private static readonly Estimate Reused = new(0, "reused");

    public StagePlan Of(Recipe recipe, string stage, bool reused, BackboneSizes? sizes)
    {
        if (reused) return new(stage, true, Reused, Reused, Reused);
        (View Run, double Factor)? like = Like(recipe, stage);
        return new(stage, false, Seconds(stage, like), Memory(stage, sizes), Disk(recipe, stage, like, sizes));
    }

    private static Estimate Seconds(string stage, (View Run, double Factor)? like)
    {
        if (like is not var (run, factor)) return Estimate.Unknown("no earlier run did this stage with this backbone, data and batch");
        DoneStage done = run.Stages.Single(one => one.Stage == stage);
        string scaled = factor == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", times {factor:0.##} for the epochs");
        return new((done.Finished!.Value - done.Started!.Value).TotalSeconds * factor, $"measured in run {run.ShortId}{scaled}");
    }

    private static Estimate Memory(string stage, BackboneSizes? sizes) => stage == PipelineStages.Ingest || sizes is null
        ? Estimate.Unknown("not measured")
        : new(sizes.Bytes, $"at least: {sizes.Elements:N0} weights; gradients, optimizer and activations were not measured");

    private Estimate Disk(Recipe recipe, string stage, (View Run, double Factor)? like, BackboneSizes? sizes)
    {
        if (like is var (run, _) && Wrote(run, stage) is { } bytes) return new(bytes, $"measured in run {run.ShortId}");
        return stage switch
        {
            PipelineStages.Ingest when recipe.Benchmark.Source is { } source && Path.Exists(source) =>
                new(SizeOf(source), "at most: the raw files, whose pictures are copied"),
            PipelineStages.Finetune when sizes is not null => new(sizes.Bytes, "about: the checkpoint holds all weights once; adapters were not measured"),
            _ => Estimate.Unknown("not measured"),
        };
    }

    /// <summary>Bytes; null where the result is gone or damaged.</summary>
    private double? Wrote(View run, string stage)
    {
        if (!run.Artifacts.TryGetValue(stage, out ArtifactRef? result)) return null;
        try { return store.ReadResult(result).Files.Values.Sum(file => (double)file.Bytes); }
        catch (DasException) { return null; }
    }

    /// <summary>The latest run that computed the stage with work of the same kind, and how much more of it there is to do now.</summary>
    private (View Run, double Factor)? Like(Recipe recipe, string stage)
    {
        (string kind, double units) = Work(recipe, stage);
        foreach (View run in earlier.Where(run => run.Backbone == recipe.Backbone.Name && run.Benchmark == recipe.Benchmark.Name))
        {
            if (!run.Stages.Any(done => done is { State: StageStatus.Finished, Reused: false, Started: not null, Finished: not null } && done.Stage == stage))
                continue;
            Recipe before;
            try { before = Recipe.Parse(run.Recipe); }
            catch (DasException) { continue; } // Written by a build whose recipes this one does not read.
            (string other, double took) = Work(before, stage);
            if (other == kind && took > 0) return (run, units / took);
        }
        return null;
    }

    /// <summary>A stage's work: what makes a unit of it as long as another one's, and how many units there are.</summary>
    private static (string Kind, double Units) Work(Recipe recipe, string stage)
    {
        object model = new { recipe.Backbone, recipe.Benchmark, recipe.Device };
        SearchRecipe search = recipe.Search;
        (object work, double units) = stage switch
        {
            PipelineStages.Search when search.Strategy == "das" && search.Skip > 0 =>
                (new { search.Every, search.Candidates, search.RewardBatch, Steps = Steps(search.Optimization) }, search.Epochs),
            PipelineStages.Search => (new { Drawn = true }, 1),
            PipelineStages.Finetune => (new { Steps = Steps(recipe.Finetune.Optimization) }, recipe.Finetune.Epochs),
            PipelineStages.Evaluate => (recipe.Evaluate, 1),
            _ => ((object)new { }, 1.0),
        };
        return (JsonSerializer.Serialize(new { model, work }), units);
    }

    private static object Steps(OptimizationRecipe optimization) =>
        new { optimization.Batch, optimization.MicroBatch, optimization.Recompute, optimization.Augment, optimization.Negatives };

    private static long SizeOf(string source) => File.Exists(source) ? new FileInfo(source).Length
        : new DirectoryInfo(source).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
