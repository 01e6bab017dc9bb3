namespace Das.Artifacts;

/// <summary>
/// Does a stage's work at most once for each key: a finished stage is answered from its <c>result.json</c>, an unfinished
/// one is gone on with in its folder, and one owner at a time works on a key while the others wait for its result.
/// </summary>
public sealed class StageRunner(ArtifactStore store, ProgressSink progress)
{
    private const int LinuxNoSpace = 28, WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Answers from the finished result or runs <paramref name="work"/> to make it.</summary>
    /// <exception cref="DamagedArtifact">One of its inputs is missing or is not as it was written.</exception>
    /// <exception cref="DasException">The disk is full, or the work named a file it did not write.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, also while waiting for another owner.</exception>
    public async Task<StageFinished> RunAsync(StageRequest request, Func<StageWorkspace, CancellationToken, Task<StageOutcome>> work,
        CancellationToken cancellation)
    {
        string folder = store.FolderOf(request.Stage, request.Key);
        StageWorkspace workspace = new(request.RunId, request.Step ?? request.Stage, folder, progress, cancellation);
        void Checking(string file) => workspace.Report(0, 0, $"checking {file}");
        FoundStage Look() => store.Find(request.Stage, request.Key, request.Distrusted, Checking, cancellation);
        if (Look().Finished is { } already) return already;
        try
        {
            Directory.CreateDirectory(folder);
            workspace.Report(0, 0, "starting");
            await using StageLock owned = await StageLock.TakeAsync(folder, owner => workspace.Report(0, 0, $"waiting for {owner}"), cancellation);
            FoundStage found = Look();
            if (found.Finished is { } meanwhile) return meanwhile;
            Discard(found.Damage, workspace);
            StageOutcome outcome = await Task.Run(() =>
            {
                foreach (ArtifactRef input in request.Inputs) store.FolderOf(input, Checking, cancellation);
                return work(workspace, cancellation);
            }, cancellation);
            return Finish(request, folder, outcome, cancellation);
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

    /// <summary>No result may be found while it is made again, and nothing of it that is damaged may be gone on with.</summary>
    private static void Discard(IReadOnlyList<ArtifactDamage> damage, StageWorkspace workspace)
    {
        if (damage.Count > 0)
            workspace.Log($"{damage[0].Sentence}{(damage.Count > 1 ? $", and {damage.Count - 1} more of its files" : "")}: the stage is computed again.");
        foreach (string file in damage.Where(one => !one.IsMissing).Select(one => one.File).Append(ResultFiles.Stage)) File.Delete(workspace.File(file));
    }

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
}
