using System.Security.Cryptography;
using Das.Control.Runs;

namespace Das.Control.History;

/// <summary>What a rebuilt registry knows.</summary>
/// <param name="Artifacts">Finished stages that it did not know before.</param>
/// <param name="Runs">Runs made of their evaluations.</param>
/// <param name="WithRecipe">Those of them whose recipe, dataset and checkpoint are known.</param>
/// <param name="Unreadable">Results that cannot be read, a sentence each.</param>
public sealed record RebuiltRegistry(int Artifacts, int Runs, int WithRecipe, IReadOnlyList<string> Unreadable);

/// <summary>
/// Rows out of the store's finished stages, for a registry that was lost. An evaluation becomes the completed run that had it made. Its
/// recipe, dataset and checkpoint stand beside it; where they do not, in results of early builds, they are not guessed.
/// </summary>
/// <param name="registry">The registry.</param>
/// <param name="home">Where it lies, beside the store.</param>
/// <param name="pipeline">Which stages there are.</param>
public sealed class RegistryRebuild(IDbContextFactory<RegistryContext> registry, DasHome home, PipelineStages pipeline)
{
    /// <summary>The word by which runs that were rebuilt are found.</summary>
    public const string Tag = "rebuilt";

    private const string NoRecipe = " Its recipe, dataset and checkpoint are not known.", Unknown = "Rebuilt out of finished stages' files, as the "
        + "registry was lost. When it was started, its name, tags, notes, curves and log are not known, nor which other runs used its results; its time is "
        + "that of its report.";

    private readonly ArtifactStore _store = new(home.Artifacts);

    /// <summary>That the registry is gone, or knows nothing, while results of earlier runs lie beside it, as a sentence; null where all is well.</summary>
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
        return $"{what}, but {finished} finished stage{(finished == 1 ? " lies" : "s lie")} in its store. Put a copy of registry.db back, or make one of what "
            + "lies there: das registry rebuild.";
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
                if (Add(rows, result, report)) certain++;
                runs++;
            }
            catch (DasException broken) { unreadable.Add($"{report.Uri}: {broken.Message}"); }
        }
        await rows.SaveChangesAsync();
        await together.CommitAsync();
        return new(added.Count, runs, certain, unreadable);
    }

    /// <returns>Whether the run's recipe is known.</returns>
    private bool Add(RegistryContext rows, StageResult result, ArtifactRef evaluation)
    {
        EvaluationReport report = ResultFiles.Read<EvaluationReport>(_store.Verified(evaluation, ResultFiles.Report));
        StageMaking? making = StageMaking.Find(_store, evaluation);
        StageOrigin? origin = making?.Origin;
        DateTime at = making?.Ended ?? File.GetLastWriteTimeUtc(_store.Verified(evaluation, ResultFiles.Report));
        Guid id = origin?.Run ?? new(SHA256.HashData(Encoding.UTF8.GetBytes(result.Key)).AsSpan(0, 16));
        bool fresh = result.Key.Contains('-', StringComparison.Ordinal);
        string recipe = origin?.Recipe ?? new JsonObject { ["benchmark"] = new JsonObject { ["name"] = report.Benchmark } }.ToJsonString();
        RecipeFacts facts = RecipeFacts.Of(recipe);
        ArtifactRef? Input(string stage) => origin?.Inputs.FirstOrDefault(input => input.Uri.StartsWith(stage + '/', StringComparison.Ordinal));
        Dictionary<string, StageAnswer> answers = new(pipeline.Given(id, new(Input(PipelineStages.Ingest), report.SkipModule, Input(PipelineStages.Finetune))))
        {
            [PipelineStages.Evaluate] = pipeline.Find(PipelineStages.Evaluate)!.Answer(new ModelEvaluated(id, evaluation, report.Numbers())),
        };
        rows.Runs.Add(new()
        {
            Id = id, Name = facts.Name.Length > 0 ? facts.Name : $"{report.Benchmark} {result.Key[..8]}", Recipe = recipe, RecipeName = facts.Name,
            Backbone = facts.Backbone, Benchmark = facts.Benchmark, Tags = $" {Tag} ", Notes = Unknown + (origin is null ? NoRecipe : ""),
            State = RunStatus.Completed, Fresh = fresh, Created = at, Updated = at, Finished = at,
        });
        rows.Sagas.Add(new() { CorrelationId = id, CurrentState = nameof(RunStatus.Completed), Recipe = recipe, Fresh = fresh, Answers = answers });
        foreach ((string stage, StageAnswer answer) in answers)
            rows.Stages.Add(new() { RunId = id, Stage = stage, Key = answer.Result?.Uri.Split('/')[1], Finished = stage == PipelineStages.Evaluate ? at : null,
                State = stage == PipelineStages.Evaluate ? StageStatus.Finished : StageStatus.Given });
        rows.Metrics.AddRange(report.Numbers().Select(metric => MetricRow.Of(id, metric)));
        rows.Lineage.AddRange((origin?.Inputs ?? []).Select(input => new LineageRow { Artifact = evaluation.Uri, Input = input.Uri }));
        return origin is not null;
    }

    private List<(StageResult, ArtifactRef)> Read(string stage, List<string> unreadable)
    {
        List<(StageResult, ArtifactRef)> read = [];
        foreach (string folder in Folders(stage))
        {
            FoundStage one = _store.Find(stage, Path.GetFileName(folder));
            if (one.Finished is { } whole) read.Add((whole.Result, whole.Artifact));
            else unreadable.AddRange(one.Damage.Select(damage => damage.Sentence));
        }
        return read;
    }

    private IEnumerable<string> Folders(string stage) => Path.Combine(home.Artifacts, stage) is var all && Directory.Exists(all)
        ? Directory.EnumerateDirectories(all).Where(folder => File.Exists(Path.Combine(folder, ResultFiles.Stage))).Order(StringComparer.Ordinal) : [];
}
