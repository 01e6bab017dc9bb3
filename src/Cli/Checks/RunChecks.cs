using Das.Benchmarks.Tasks;
using Das.Bus;
using Das.Control.Runs;
using Das.Search;
using Das.Stages;
using Das.Training;
using Das.Training.Batches;

namespace Das.Cli.Checks;

/// <summary>The one check of a recipe before a run of it exists.</summary>
/// <param name="runs">What earlier runs took.</param>
/// <param name="store">What can be reused.</param>
/// <param name="home">Whose disk is written to.</param>
/// <param name="pipeline">The stages and their order.</param>
/// <param name="bus">In memory, stages compute on this machine; on a broker, who knows where.</param>
/// <param name="stages">Stage → its work.</param>
public sealed class RunChecks(
    RunRegistry runs, ArtifactStore store, DasHome home, PipelineStages pipeline, BusSettings bus, IReadOnlyDictionary<string, Stage> stages) : IRunChecks
{
    public async Task<IReadOnlyList<Flaw>> FlawsAsync(Recipe recipe, CancellationToken cancellation) =>
        (await Task.Run(() => LookAsync(recipe, cancellation), cancellation)).Flaws;

    public async Task<RunPlan> PlanAsync(Recipe recipe, bool fresh, CancellationToken cancellation)
    {
        recipe = Precisions.Decided(recipe with { Device = Devices.Decided(recipe.Device) });
        Forecast forecast = new(await runs.ListAsync(), store);
        return await Task.Run(async () =>
        {
            BackboneLook backbone = await LookAsync(recipe, cancellation);
            Dictionary<string, ArtifactRef?> reused = fresh || backbone.Flaws.Count > 0 ? [] : Reused(backbone, cancellation);
            (IReadOnlyList<Flaw> flaws, IReadOnlyList<string> notes) =
                Data(recipe, reused.GetValueOrDefault(PipelineStages.Ingest), backbone.Flaws, cancellation);
            StagePlan[] plan = [.. pipeline.Names.Select(stage => forecast.Of(recipe, stage, reused.ContainsKey(stage), backbone.Sizes))];
            return new RunPlan([.. backbone.Flaws, .. flaws, .. Disk(plan)], plan, [.. backbone.Notes, .. notes]);
        }, cancellation);
    }

    private async Task<BackboneLook> LookAsync(Recipe recipe, CancellationToken cancellation)
    {
        Flaw[] own = [.. RecipeValidator.Validate(recipe)];
        BackboneLook backbone = own.Any(flaw => flaw.Path.StartsWith("backbone.", StringComparison.Ordinal)) ? new([], null) { Exact = recipe }
            : await BackboneLook.AtAsync(recipe, bus.InMemory, cancellation);
        return backbone with { Flaws = [.. own, .. backbone.Flaws, .. DataLook.Flaws(recipe)] };
    }

    /// <summary>Stage → the result that a run would take instead of computing it.</summary>
    private Dictionary<string, ArtifactRef?> Reused(BackboneLook backbone, CancellationToken cancellation)
    {
        Dictionary<string, ArtifactRef?> reused = [];
        RunResults run = new(Guid.Empty, backbone.Exact.ToCanonicalJson(), Fresh: false, new Dictionary<string, StageAnswer>());
        while (true)
        {
            Dictionary<string, StageAnswer> answers = new(run.Answers);
            foreach (StageStep step in pipeline.Open(run))
            {
                if (backbone.IsAwaited && step.Name != PipelineStages.Ingest) continue;
                Stage stage = stages[StageStep.StageOf(step.Name)];
                string key = stage.Read(step.Command).Request(stage, step.Command).Key;
                if (store.Find(stage.Name, key, cancellation: cancellation).Finished is not { } finished) continue;
                answers[step.Name] = pipeline.Find(step.Name)!.Answer(stage.Answer(step.Command, finished));
                reused[step.Name] = finished.Artifact;
            }
            if (answers.Count == run.Answers.Count) return reused;
            run = run with { Answers = answers };
        }
    }

    private (IReadOnlyList<Flaw> Flaws, IReadOnlyList<string> Notes) Data(Recipe recipe, ArtifactRef? ingested, IReadOnlyList<Flaw> flaws,
        CancellationToken cancellation)
    {
        if (ingested is null)
            return flaws.Any(flaw => flaw.Path.StartsWith("benchmark", StringComparison.Ordinal)) ? ([], []) : DataLook.Read(recipe.Benchmark, cancellation);
        DatasetManifest dataset = DatasetManifest.Load(store.FolderOf(ingested));
        return ([.. TooShort(recipe, DataLook.Samples(dataset, "train"))], DataLook.Read(dataset));
    }

    /// <summary>A search that ends before it has learnt anything.</summary>
    private static IEnumerable<Flaw> TooShort(Recipe recipe, long samples)
    {
        SearchRecipe search = recipe.Search;
        if (search.Strategy != "das" || search.Skip == 0 || samples == 0) yield break;
        int perEpoch = EpochStream.BatchesPerEpoch((int)samples, search.Optimization.MicroBatch);
        TrainingPlan plan = TrainingPlan.Of(search.Optimization, search.Epochs, perEpoch, recipe.Seed);
        if (UpdateSchedule.Of(search, perEpoch).TooLate(plan) is { } reason) yield return new("search.epochs", "is too small") { Sentence = reason };
    }

    private IEnumerable<Flaw> Disk(IReadOnlyList<StagePlan> plan)
    {
        double needed = plan.Where(stage => !stage.Reused).Sum(stage => stage.DiskBytes.Value ?? 0);
        long free = new DriveInfo(home.Root).AvailableFreeSpace;
        if (needed > free)
            yield return new("", "") { Sentence = $"The disk that holds {home.Root} has {Units.Bytes(free)} free, and the run will write about "
                + $"{Units.Bytes(needed)}: free some space, or set DAS_HOME to a folder on another disk." };
    }
}
