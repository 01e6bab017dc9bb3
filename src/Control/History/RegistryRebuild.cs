using System.Security.Cryptography;
using Das.Control.Runs;

namespace Das.Control.History;

/// <summary>What a rebuilt registry knows.</summary>
/// <param name="Artifacts">Finished stages that it did not know before.</param>
/// <param name="Runs">Runs made of their evaluations.</param>
/// <param name="WithRecipe">Those of them whose recipe, dataset and checkpoint are certain.</param>
/// <param name="Unreadable">Results that cannot be read, a sentence each.</param>
public sealed record RebuiltRegistry(int Artifacts, int Runs, int WithRecipe, IReadOnlyList<string> Unreadable);

/// <summary>What those know who read checkpoints and evaluate them.</summary>
/// <param name="RecipeOf">The whole recipe that the file of a fine-tuned checkpoint holds, as JSON; null if it holds none.</param>
/// <param name="EvaluationKey">The key of an evaluation by a version of the stage: recipe, dataset, checkpoint, version.</param>
public sealed record CheckpointFacts(Func<string, string?> RecipeOf, Func<string, ArtifactRef, ArtifactRef, int, string> EvaluationKey);

/// <summary>
/// Rows out of the store's finished stages, for a registry that was lost. An evaluation becomes a completed run. Its recipe, dataset and checkpoint are
/// those whose key, computed anew, is the evaluation's; where none fits, they are not guessed.
/// </summary>
/// <param name="registry">The registry.</param>
/// <param name="home">Where it lies, beside the store.</param>
/// <param name="pipeline">Which stages there are.</param>
/// <param name="checkpoints">What they say of their runs.</param>
public sealed class RegistryRebuild(IDbContextFactory<RegistryContext> registry, DasHome home, PipelineStages pipeline, CheckpointFacts checkpoints)
{
    /// <summary>The word by which runs that were rebuilt are found.</summary>
    public const string Tag = "rebuilt";

    private const string Unknown = "Rebuilt out of finished stages' files, as the registry was lost. When it was started, its name, tags, notes, curves and "
        + "log are not known; its time is that of its report.", NoRecipe = " Nor are its recipe, dataset and checkpoint: none in the store have its key.";

    private readonly ArtifactStore _store = new(home.Artifacts);

    /// <summary>That the registry is gone, or knows nothing, while results of earlier runs lie beside it, as a sentence; null where nothing is missing.</summary>
    public async Task<string?> LostAsync()
    {
        // Datasets are ingested without a run, too.
        int finished = pipeline.Names.Skip(1).Sum(stage => Folders(stage).Count());
        if (finished == 0) return null;
        string what = $"There is no registry of runs in {home.Root}";
        if (File.Exists(home.Registry))
        {
            await using RegistryContext rows = await registry.CreateDbContextAsync();
            if (await rows.Artifacts.AnyAsync() || await rows.Runs.AnyAsync()) return null;
            what = $"The registry of runs in {home.Root} is empty";
        }
        return $"{what}, but {finished} finished stage{(finished == 1 ? " lies" : "s lie")} in its store. Put a copy of registry.db back, or make one of what lies "
            + "there: das registry rebuild.";
    }

    /// <summary>Adds what the registry does not know yet; a second time changes nothing.</summary>
    public async Task<RebuiltRegistry> RebuildAsync()
    {
        List<string> unreadable = [];
        Dictionary<string, List<(StageResult Result, ArtifactRef Artifact)>> found =
            pipeline.Names.ToDictionary(stage => stage, stage => Read(stage, unreadable));
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        await using var together = await rows.Database.BeginTransactionAsync(System.Data.IsolationLevel.Serializable);
        HashSet<string> known = [.. await rows.Artifacts.Select(artifact => artifact.Uri).ToListAsync()];
        List<ArtifactRow> added = [.. found.SelectMany(stage => stage.Value.Select(each => new ArtifactRow
        {
            Uri = each.Artifact.Uri, Sha256 = each.Artifact.Sha256, Bytes = each.Artifact.Bytes, Stage = stage.Key,
        })).Where(row => !known.Contains(row.Uri))];
        rows.Artifacts.AddRange(added);
        HashSet<string?> evaluated = [.. await rows.Stages.Where(stage => stage.Stage == PipelineStages.Evaluate).Select(stage => stage.Key).ToListAsync()];
        int runs = 0, certain = 0;
        foreach ((StageResult result, ArtifactRef report) in found[PipelineStages.Evaluate].Where(each => !evaluated.Contains(each.Result.Key)))
        {
            try
            {
                if (Add(rows, result, report, found)) certain++;
                runs++;
            }
            catch (DasException broken) { unreadable.Add($"{report.Uri}: {broken.Message}"); }
        }
        await rows.SaveChangesAsync();
        await together.CommitAsync();
        return new(added.Count, runs, certain, unreadable);
    }

    /// <returns>Whether the run's recipe is certain.</returns>
    private bool Add(RegistryContext rows, StageResult result, ArtifactRef evaluation, Dictionary<string, List<(StageResult, ArtifactRef Artifact)>> found)
    {
        EvaluationReport report = ResultFiles.Read<EvaluationReport>(_store.PathOf(result.File(ResultFiles.Report)));
        DateTime at = File.GetLastWriteTimeUtc(_store.PathOf(evaluation));
        Guid id = IdOf(result.Key);
        var origin = Origin(result.Key, found);
        string recipe = origin?.Recipe ?? new JsonObject { ["benchmark"] = new JsonObject { ["name"] = report.Benchmark } }.ToJsonString();
        RecipeFacts facts = RecipeFacts.Of(recipe);
        Dictionary<string, StageAnswer> answers = new(pipeline.Given(id, new(origin?.Dataset, report.SkipModule, origin?.Checkpoint)))
        {
            [PipelineStages.Evaluate] = pipeline.Find(PipelineStages.Evaluate)!.Answer(new ModelEvaluated(id, evaluation, report.Numbers())),
        };
        rows.Runs.Add(new()
        {
            Id = id, Name = facts.Name.Length > 0 ? facts.Name : $"{report.Benchmark} {result.Key[..8]}", Recipe = recipe, RecipeName = facts.Name,
            Backbone = facts.Backbone, Benchmark = facts.Benchmark, Tags = $" {Tag} ", Notes = Unknown + (origin is null ? NoRecipe : ""),
            State = RunStatus.Completed, Fresh = IsFresh(result.Key), Created = at, Updated = at, Finished = at,
        });
        rows.Sagas.Add(new() { CorrelationId = id, CurrentState = nameof(RunStatus.Completed), Recipe = recipe, Fresh = IsFresh(result.Key), Answers = answers });
        foreach ((string stage, StageAnswer answer) in answers)
            rows.Stages.Add(new() { RunId = id, Stage = stage, Key = answer.Result?.Uri.Split('/')[1], Finished = stage == PipelineStages.Evaluate ? at : null,
                State = stage == PipelineStages.Evaluate ? StageStatus.Finished : StageStatus.Given });
        rows.Metrics.AddRange(report.Numbers().Select(metric => MetricRow.Of(id, metric)));
        if (origin is { } made)
            rows.Lineage.AddRange(new[] { made.Dataset, made.Checkpoint }.Select(input => new LineageRow { Artifact = evaluation.Uri, Input = input.Uri }));
        return origin is not null;
    }

    private (string Recipe, ArtifactRef Dataset, ArtifactRef Checkpoint)? Origin(string key, Dictionary<string, List<(StageResult, ArtifactRef Artifact)>> found)
    {
        foreach ((StageResult finetuned, ArtifactRef checkpoint) in found[PipelineStages.Finetune])
            if (RecipeOf(finetuned) is { } recipe)
                foreach ((_, ArtifactRef dataset) in found[PipelineStages.Ingest])
                    for (int version = pipeline.Find(PipelineStages.Evaluate)!.Version; version > 0; version--)
                        if (checkpoints.EvaluationKey(recipe, dataset, checkpoint, version) == key.Split('-')[0]) return (recipe, dataset, checkpoint);
        return null;
    }

    private string? RecipeOf(StageResult finetuned)
    {
        try { return checkpoints.RecipeOf(_store.PathOf(finetuned.File(ResultFiles.Checkpoint))) is { } json ? Recipe.Parse(json).ToCanonicalJson() : null; }
        catch (DasException) { return null; }
    }

    private List<(StageResult, ArtifactRef)> Read(string stage, List<string> unreadable)
    {
        List<(StageResult, ArtifactRef)> read = [];
        foreach (string folder in Folders(stage))
            if (_store.Find(stage, Path.GetFileName(folder)) is { } whole) read.Add(whole);
            else unreadable.Add($"{stage}/{Path.GetFileName(folder)} is not whole: its {ResultFiles.Stage} is none, or a file that it names is missing.");
        return read;
    }

    private IEnumerable<string> Folders(string stage) => Path.Combine(home.Artifacts, stage) is var all && Directory.Exists(all)
        ? Directory.EnumerateDirectories(all).Where(folder => File.Exists(Path.Combine(folder, ResultFiles.Stage))).Order(StringComparer.Ordinal) : [];

    /// <summary>A fresh result's key carries its run's id; other runs' ids are made of the key, so that they are the same every time.</summary>
    private static Guid IdOf(string key) => IsFresh(key) && Guid.TryParse(key.Split('-')[1], out Guid run) ? run
        : new(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16));

    private static bool IsFresh(string key) => key.Contains('-', StringComparison.Ordinal);
}
