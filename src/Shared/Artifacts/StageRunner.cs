namespace Das.Artifacts;

/// <summary>
/// Does a stage's work at most once for each key: a finished stage is answered from its <c>result.json</c>, an unfinished
/// one is gone on with in its folder, and one owner at a time works on a key while the others wait for its result.
/// </summary>
public sealed class StageRunner(ArtifactStore store, ProgressSink progress)
{
    private const int LinuxNoSpace = 28, WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Answers from the finished result or runs <paramref name="work"/> to make it.</summary>
    /// <exception cref="DasException">The disk is full, or the work named a file it did not write.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, also while waiting for another owner.</exception>
    public async Task<StageFinished> RunAsync(StageRequest request, Func<StageWorkspace, CancellationToken, Task<StageOutcome>> work,
        CancellationToken cancellation)
    {
        if (Finished(request) is { } already) return already;
        string folder = store.FolderOf(request.Stage, request.Key);
        try
        {
            Directory.CreateDirectory(folder);
            StageWorkspace workspace = new(request.RunId, request.Step ?? request.Stage, folder, progress, cancellation);
            workspace.Report(0, 0, "starting");
            await using StageLock owned = await StageLock.TakeAsync(folder, owner => workspace.Report(0, 0, $"waiting for {owner}"), cancellation);
            if (Finished(request) is { } meanwhile) return meanwhile;
            File.Delete(Path.Combine(folder, ResultFiles.Stage));
            StageOutcome outcome = await Task.Run(() => work(workspace, cancellation), cancellation);
            return await FinishAsync(request, folder, outcome, cancellation);
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
}
