using Das.Control.Runs;

namespace Das.Control.History;

/// <summary>A run that has to do with an artifact.</summary>
/// <param name="Id">The run.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Stage">The stage of that run by which it is named here.</param>
public sealed record RunLink(Guid Id, string Name, string Stage);

/// <summary>A run's artifact between what it was made from and what was made from it.</summary>
/// <param name="Stage">The stage whose result it is: the dataset is ingest's, the architecture search's, the checkpoint finetune's, the report
/// evaluate's.</param>
/// <param name="Artifact">The result.</param>
/// <param name="MadeFrom">Stages whose results went into it.</param>
/// <param name="AlsoIn">Other runs that have the same result, made there, reused or given.</param>
/// <param name="LedTo">Other runs whose results were made from it, named by their first such stage.</param>
public sealed record LineageStep(string Stage, ArtifactRef Artifact, IReadOnlyList<string> MadeFrom, IReadOnlyList<RunLink> AlsoIn,
    IReadOnlyList<RunLink> LedTo);

/// <summary>Where a run's artifacts come from and go to, across runs.</summary>
public sealed class RunLineage(IDbContextFactory<RegistryContext> registry)
{
    /// <summary>At most so many runs are named on each side of an artifact: a dataset may be in thousands.</summary>
    public const int MostRuns = 20;

    /// <summary>The run's artifacts in the pipeline's order.</summary>
    public async Task<IReadOnlyList<LineageStep>> OfAsync(RunView run)
    {
        string[] own = [.. run.Artifacts.Values.Select(artifact => artifact.Uri)];
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<LineageRow> edges = await rows.Lineage.AsNoTracking().Where(edge => own.Contains(edge.Artifact) || own.Contains(edge.Input)).ToListAsync();
        ILookup<string, Guid> holders = await HoldersAsync(rows, run.Id, [.. own, .. edges.Select(edge => edge.Artifact)]);
        List<(Guid Id, string Given)> given = await GivenAsync(rows, run.Id, own);
        List<(LineageStep Step, Guid[] Also, (Guid Id, string Stage)[] Led)> found = [];
        foreach ((string stage, ArtifactRef artifact) in run.Artifacts)
        {
            Guid[] also = [.. holders[artifact.Uri].Concat(given.Where(other => other.Given.Contains(artifact.Uri))
                .Select(other => other.Id)).Distinct()];
            (Guid Id, string Stage)[] led = [.. edges.Where(edge => edge.Input == artifact.Uri && !own.Contains(edge.Artifact))
                .SelectMany(edge => holders[edge.Artifact].Select(id => (Id: id, Stage: StageOf(edge.Artifact)))).DistinctBy(other => other.Id)
                    .ExceptBy(also, other => other.Id)];
            found.Add((new(stage, artifact, [.. edges.Where(edge => edge.Artifact == artifact.Uri).Select(edge => StageOf(edge.Input))], [], []), also, led));
        }
        Dictionary<Guid, RunRow> named = await NamedAsync(rows, [.. found.SelectMany(step => step.Also.Concat(step.Led.Select(other => other.Id))).Distinct()]);
        return [.. found.Select(step => step.Step with
        {
            AlsoIn = Latest(step.Also.Select(id => (id, step.Step.Stage)), named),
            LedTo = Latest(step.Led, named),
        })];
    }

    /// <summary>Artifact → the runs whose stage has it; the table of stages is gone through once.</summary>
    private static async Task<ILookup<string, Guid>> HoldersAsync(RegistryContext rows, Guid except, string[] artifacts)
    {
        string[] keys = [.. artifacts.Select(KeyOf).Distinct()];
        var stages = await rows.Stages.Where(stage => keys.Contains(stage.Key) && stage.RunId != except)
            .Select(stage => new { stage.RunId, stage.Stage, stage.Key }).ToListAsync();
        Dictionary<(string, string), string> uris = artifacts.Distinct().ToDictionary(uri => (StageOf(uri), KeyOf(uri)));
        return stages.Select(stage => (stage.RunId, Made: (StageStep.StageOf(stage.Stage), stage.Key!))).Where(stage => uris.ContainsKey(stage.Made))
            .ToLookup(stage => uris[stage.Made], stage => stage.RunId);
    }

    private static async Task<List<(Guid, string)>> GivenAsync(RegistryContext rows, Guid except, string[] own)
    {
        var given = await rows.Runs.Where(run => run.Given != null && run.Id != except && own.Any(uri => run.Given.Contains(uri)))
            .Select(run => new { run.Id, run.Given }).ToListAsync();
        return [.. given.Select(run => (run.Id, run.Given!))];
    }

    private static async Task<Dictionary<Guid, RunRow>> NamedAsync(RegistryContext rows, Guid[] ids) => await rows.Runs.Where(run => ids.Contains(run.Id))
        .Select(run => new RunRow { Id = run.Id, Name = run.Name, Created = run.Created }).ToDictionaryAsync(run => run.Id);

    private static RunLink[] Latest(IEnumerable<(Guid Id, string Stage)> runs, Dictionary<Guid, RunRow> named) =>
        [.. runs.Where(run => named.ContainsKey(run.Id)).OrderByDescending(run => named[run.Id].Created).Take(MostRuns)
            .Select(run => new RunLink(run.Id, named[run.Id].Name, run.Stage))];

    private static string StageOf(string uri) => uri.Split('/')[0];

    private static string KeyOf(string uri) => uri.Split('/').ElementAtOrDefault(1) ?? "";
}
