using Das.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Das.Admin.Runs;

/// <summary>A run that has to do with an artifact.</summary>
/// <param name="Id">The run.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Stage">The stage of that run by which it is named here.</param>
public sealed record RunLink(Guid Id, string Name, string Stage);

/// <summary>A run's artifact between what it was made from and what was made from it.</summary>
/// <param name="Stage">The stage whose result it is: the dataset is ingest's, the architecture search's, the checkpoint finetune's, the report evaluate's.</param>
/// <param name="Artifact">The result.</param>
/// <param name="MadeFrom">Stages whose results went into it.</param>
/// <param name="AlsoIn">Other runs that have the same result, made there, reused or given.</param>
/// <param name="LedTo">Other runs whose results were made from it, named by their first such stage.</param>
public sealed record LineageStep(string Stage, ArtifactRef Artifact, IReadOnlyList<string> MadeFrom, IReadOnlyList<RunLink> AlsoIn, IReadOnlyList<RunLink> LedTo);

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
        List<LineageStep> steps = [];
        foreach ((string stage, ArtifactRef artifact) in run.Artifacts)
        {
            string[] inputs = [.. edges.Where(edge => edge.Artifact == artifact.Uri).Select(edge => StageOf(edge.Input))];
            string[] onward = [.. edges.Where(edge => edge.Input == artifact.Uri && !own.Contains(edge.Artifact)).Select(edge => edge.Artifact)];
            RunLink[] also = [.. await HoldersAsync(rows, run.Id, [artifact.Uri]), .. await GivenAsync(rows, run.Id, stage, artifact.Uri)];
            IReadOnlyList<RunLink> led = await HoldersAsync(rows, run.Id, onward);
            steps.Add(new(stage, artifact, inputs, [.. also.DistinctBy(link => link.Id).Take(MostRuns)], [.. led.Where(link => also.All(other => other.Id != link.Id)).Take(MostRuns)]));
        }
        return steps;
    }

    private static async Task<IReadOnlyList<RunLink>> HoldersAsync(RegistryContext rows, Guid except, string[] artifacts)
    {
        if (artifacts.Length == 0) return [];
        string[] keys = [.. artifacts.Select(KeyOf)];
        List<RunLink> links = await (from stage in rows.Stages
                                     where keys.Contains(stage.Key) && stage.RunId != except
                                     join run in rows.Runs on stage.RunId equals run.Id
                                     orderby run.Created descending
                                     select new RunLink(run.Id, run.Name, stage.Stage)).Take(4 * MostRuns).ToListAsync();
        return [.. links.Where(link => artifacts.Any(artifact => StageOf(artifact) == link.Stage)).DistinctBy(link => link.Id)];
    }

    private static async Task<IReadOnlyList<RunLink>> GivenAsync(RegistryContext rows, Guid except, string stage, string artifact) =>
        await rows.Runs.Where(run => run.Given != null && run.Given.Contains(artifact) && run.Id != except).OrderByDescending(run => run.Created).Take(MostRuns)
            .Select(run => new RunLink(run.Id, run.Name, stage)).ToListAsync();

    private static string StageOf(string uri) => uri.Split('/')[0];

    private static string KeyOf(string uri) => uri.Split('/').ElementAtOrDefault(1) ?? "";
}
