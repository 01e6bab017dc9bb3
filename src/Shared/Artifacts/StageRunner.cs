using Microsoft.Extensions.Logging;

namespace Das.Artifacts;

/// <summary>
/// Does a stage's work at most once for each key: a finished stage is answered from its <c>result.json</c>, an unfinished
/// one is gone on with in its folder, and one owner at a time works on a key while the others wait for its result.
/// </summary>
/// <param name="store">Where results lie.</param>
/// <param name="progress">Told how far the work is.</param>
/// <param name="settings">The defaults if null.</param>
/// <param name="log">Told where work was lost to another owner.</param>
public sealed partial class StageRunner(ArtifactStore store, ProgressSink progress, StageSettings? settings = null, ILogger<StageRunner>? log = null)
{
    private readonly StageSettings settings = settings ?? new();

    /// <summary>Answers from the finished result or runs <paramref name="work"/> to make it.</summary>
    /// <exception cref="DamagedArtifact">One of its inputs is missing or is not as it was written.</exception>
    /// <exception cref="DasException">The disk is full, the work named a file it did not write, or it ended its process too often.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, also while waiting for another owner.</exception>
    public async Task<StageFinished> RunAsync(StageRequest request, Func<StageWorkspace, CancellationToken, Task<StageOutcome>> work,
        CancellationToken cancellation)
    {
        string folder = store.FolderOf(request.Stage, request.Key);
        StageWorkspace workspace = new(request.RunId, request.Step ?? request.Stage, folder, progress, cancellation);
        FoundStage Look() => store.Find(request.Stage, request.Key, request.Distrusted, workspace.Checking, cancellation);
        if (Look().Finished is { } already) return Before(already);
        try
        {
            Directory.CreateDirectory(folder);
            while (true)
                try { return await OwnAsync(request, workspace, Look, work, cancellation); }
                catch (OwnershipLost lost)
                {
                    if (log is not null) LogLost(log, lost.Message);
                }
        }
        catch (IOException full) when (Faults.IsDiskFull(full))
        {
            throw new DasException(ErrorKind.DiskFull,
                $"The disk that holds {folder} is full. Free some space, then retry the run: it goes on from where it stopped.", full);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new DasException(ErrorKind.Storage, $"Stage '{request.Stage}' was refused by the file system: {denied.Message}", denied);
        }
    }

    /// <summary>Says how far a step is before it has a folder; called with units done, units in all, and a few words.</summary>
    public Action<long, long, string> Reporter(Guid run, string step, CancellationToken cancellation)
    {
        StageWorkspace workspace = new(run, step, "", progress, cancellation);
        return (done, total, note) => workspace.Report(done, total, note);
    }

    /// <summary>No result may be found while it is made again, and nothing of it that is damaged may be gone on with.</summary>
    private static void Discard(IReadOnlyList<ArtifactDamage> damage, StageWorkspace workspace)
    {
        if (damage.Count > 0)
            workspace.Log($"{damage[0].Sentence}{(damage.Count > 1 ? $", and {damage.Count - 1} more of its files" : "")}: the stage is computed again.");
        AtomicFile.RequireRight();
        foreach (string file in damage.Where(one => !one.IsMissing).Select(one => one.File).Append(ResultFiles.Stage)) File.Delete(workspace.File(file));
    }

    /// <exception cref="OwnershipLost">Another has taken the work over, and what this one wrote from then on.</exception>
    private async Task<StageFinished> OwnAsync(StageRequest request, StageWorkspace workspace, Func<FoundStage> look,
        Func<StageWorkspace, CancellationToken, Task<StageOutcome>> work, CancellationToken cancellation)
    {
        using StageLock owned = await StageLock.TakeAsync(workspace.Folder, settings.Silence, owner => workspace.Report(0, 0, $"waiting for {owner}"),
            cancellation);
        AtomicFile.Fence.Value = owned.Check;
        FoundStage found = look();
        if (found.Finished is { } meanwhile) return Before(meanwhile);
        Discard(found.Damage, workspace);
        DateTime started = DateTime.UtcNow;
        workspace.Deliveries = StageDeliveries.Begin(request, workspace.Folder, settings.Deliveries);
        try
        {
            if (workspace.Deliveries == 1) workspace.Report(0, 0, "starting");
            else workspace.Log($"starting, for the {StageDeliveries.Ordinal(workspace.Deliveries)} time");
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, owned.Lost);
            StageOutcome outcome = await Task.Run(() =>
            {
                foreach (ArtifactRef input in request.Inputs) store.FolderOf(input, workspace.Checking, either.Token);
                return work(workspace, either.Token);
            }, either.Token);
            ResultFiles.Write(workspace.File(ResultFiles.Making), new StageMaking(StageMaking.ThisBuild, request.Version, Environment.MachineName,
                workspace.ComputesOn?.Device, workspace.ComputesOn?.Threads, workspace.Deliveries, started, DateTime.UtcNow)
            {
                Origin = new(request.RunId, request.Recipe, request.Inputs),
            });
            return Finish(request, workspace.Folder, outcome, either.Token) with { Deliveries = workspace.Deliveries, MadeFor = request.RunId };
        }
        catch (Exception) when (owned.Lost.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw owned.Loss();
        }
        finally
        {
            StageDeliveries.End(workspace.Folder, owned);
        }
    }

    private StageFinished Before(StageFinished finished) => finished with { MadeFor = StageMaking.Find(store, finished.Artifact)?.Origin?.Run };

    private StageFinished Finish(StageRequest request, string folder, StageOutcome outcome, CancellationToken cancellation)
    {
        ArtifactStore inFolder = new(folder);
        FolderDigests digests = store.DigestsIn(folder);
        SortedDictionary<string, ArtifactRef> files = new(StringComparer.Ordinal);
        foreach (string name in outcome.Files)
        {
            string file = inFolder.PathOf(new(name, "", 0));
            if (!File.Exists(file)) throw new DasException(ErrorKind.Storage,
                $"Stage '{request.Stage}' named the file '{name}' in its outcome but did not write it.");
            Digest.Flush(file);
            string sha256 = digests.Of(name, expected: null, cancellation: cancellation);
            files[name] = ArtifactStore.Reference(request.Stage, request.Key, name, sha256, new FileInfo(file).Length);
        }
        digests.Keep();
        JsonObject facts = outcome.Facts;
        if (outcome.LeftOut.Count > 0) facts[StageResult.LeftOutFact] = JsonSerializer.SerializeToNode(outcome.LeftOut);
        StageResult result = new(request.Stage, request.Key, files, facts);
        byte[] json = result.ToBytes();
        string path = Path.Combine(folder, ResultFiles.Stage), seal = Digest.Of(json);
        FileSeal.Write(path, seal);
        AtomicFile.Write(path, json);
        return new(result, ArtifactStore.Reference(request.Stage, request.Key, ResultFiles.Stage, seal, json.LongLength), Reused: false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private static partial void LogLost(ILogger log, string sentence);
}
