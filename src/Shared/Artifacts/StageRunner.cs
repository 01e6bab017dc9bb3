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
    private const int LinuxNoSpace = 28, WindowsDiskFull = unchecked((int)0x80070070);
    private readonly StageSettings settings = settings ?? new();

    /// <summary>Answers from the finished result or runs <paramref name="work"/> to make it.</summary>
    /// <exception cref="DasException">The disk is full, the work named a file it did not write, or it ended its process too often.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, also while waiting for another owner.</exception>
    public async Task<StageFinished> RunAsync(StageRequest request, Func<StageWorkspace, CancellationToken, Task<StageOutcome>> work,
        CancellationToken cancellation)
    {
        if (Finished(request) is { } already) return already;
        string folder = store.FolderOf(request.Stage, request.Key);
        StageWorkspace workspace = new(request.RunId, request.Step ?? request.Stage, folder, progress, cancellation);
        try
        {
            Directory.CreateDirectory(folder);
            while (true)
                try { return await OwnAsync(request, workspace, work, cancellation); }
                catch (OwnershipLost lost)
                {
                    if (log is not null) LogLost(log, lost.Message);
                }
        }
        catch (IOException full) when (full.HResult is LinuxNoSpace or WindowsDiskFull)
        {
            throw new DasException(ErrorKind.Storage,
                $"The disk that holds {folder} is full. Free some space, then retry the run: it goes on from where it stopped.", full);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new DasException(ErrorKind.Storage, $"Stage '{request.Stage}' was refused by the file system: {denied.Message}", denied);
        }
    }

    private StageFinished? Finished(StageRequest request) =>
        store.Find(request.Stage, request.Key) is { } found ? new(found.Result, found.Artifact, Reused: true) : null;

    /// <exception cref="OwnershipLost">Another has taken the work over, and what this one wrote from then on.</exception>
    private async Task<StageFinished> OwnAsync(StageRequest request, StageWorkspace workspace,
        Func<StageWorkspace, CancellationToken, Task<StageOutcome>> work, CancellationToken cancellation)
    {
        using StageLock owned = await StageLock.TakeAsync(workspace.Folder, settings.Silence, owner => workspace.Report(0, 0, $"waiting for {owner}"),
            cancellation);
        AtomicFile.Fence.Value = owned.Check;
        if (Finished(request) is { } meanwhile) return meanwhile;
        DateTime started = DateTime.UtcNow;
        workspace.Deliveries = StageDeliveries.Begin(request, workspace.Folder, settings.Deliveries);
        try
        {
            if (workspace.Deliveries == 1) workspace.Report(0, 0, "starting");
            else workspace.Log($"starting, for the {StageDeliveries.Ordinal(workspace.Deliveries)} time");
            File.Delete(Path.Combine(workspace.Folder, ResultFiles.Stage));
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, owned.Lost);
            StageOutcome outcome = await Task.Run(() => work(workspace, either.Token), either.Token);
            ResultFiles.Write(workspace.File(ResultFiles.Making), new StageMaking(StageMaking.ThisBuild, request.Version, Environment.MachineName,
                workspace.ComputesOn?.Device, workspace.ComputesOn?.Threads, workspace.Deliveries, started, DateTime.UtcNow));
            return (await FinishAsync(request, workspace.Folder, outcome, either.Token)) with { Deliveries = workspace.Deliveries };
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

    private static async Task<StageFinished> FinishAsync(StageRequest request, string folder, StageOutcome outcome, CancellationToken cancellation)
    {
        ArtifactStore inFolder = new(folder);
        SortedDictionary<string, ArtifactRef> files = new(StringComparer.Ordinal);
        foreach (string name in outcome.Files)
        {
            string path = inFolder.PathOf(new(name, "", 0));
            if (!File.Exists(path)) throw new DasException(ErrorKind.Storage,
                $"Stage '{request.Stage}' named the file '{name}' in its outcome but did not write it.");
            (string sha256, long bytes) = await Digest.OfFlushedFileAsync(path, cancellation);
            files[name] = ArtifactStore.Reference(request.Stage, request.Key, name, sha256, bytes);
        }
        JsonObject facts = outcome.Facts;
        if (outcome.LeftOut.Count > 0) facts[StageResult.LeftOutFact] = JsonSerializer.SerializeToNode(outcome.LeftOut);
        StageResult result = new(request.Stage, request.Key, files, facts);
        byte[] json = result.ToBytes();
        AtomicFile.Write(Path.Combine(folder, ResultFiles.Stage), json);
        return new(result, ArtifactStore.Reference(request.Stage, request.Key, ResultFiles.Stage, Digest.Of(json), json.LongLength), Reused: false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private static partial void LogLost(ILogger log, string sentence);
}
