using Das.Training.Data;
using Run = Das.Control.Runs.RunView;

namespace Das.Cli.Checks;

/// <summary>What every byte of results was compared with.</summary>
/// <param name="Files">How many files were read.</param>
/// <param name="Bytes">Their length.</param>
/// <param name="Damaged">Those that are not what was written, or not there.</param>
/// <param name="Unjudged">Those of which nobody wrote down what they should be.</param>
public sealed record VerifiedStore(int Files, long Bytes, IReadOnlyList<ArtifactDamage> Damaged, IReadOnlyList<UnjudgedFile> Unjudged);

/// <summary>A file or folder below the store's root that nothing can be said of.</summary>
public sealed record UnjudgedFile(string Path, string Why);

/// <summary>
/// Reads results from the first to the last byte, whatever is remembered of them: the one look that sees what a disk at rest does to a file. What it finds
/// damaged no process goes on to remember as whole.
/// </summary>
/// <param name="root">The artifact store's.</param>
/// <param name="runs">Their results are looked at.</param>
/// <param name="all">Everything else in the store, too.</param>
internal sealed class StoreVerification(string root, IReadOnlyList<Run> runs, bool all)
{
    private readonly FileDigests fresh = new();
    private readonly List<ArtifactDamage> damaged = [];
    private readonly List<UnjudgedFile> unjudged = [];
    private long done, total;

    /// <param name="progress">Called with (bytes done, bytes in all, file) before each file.</param>
    /// <param name="cancellation">Ends it.</param>
    public VerifiedStore Verify(Action<long, long, string> progress, CancellationToken cancellation)
    {
        ILookup<string, (Run Run, string Sha256)> known = runs.SelectMany(run => run.Artifacts.Values.Select(result => (run, result)))
            .ToLookup(one => Path.GetDirectoryName(one.result.Uri)!, one => (one.run, one.result.Sha256));
        string[] folders = [.. known.Select(folder => folder.Key).Union(all ? Folders() : []).Order(StringComparer.Ordinal)];
        string[] towers = all ? [.. In(KeptTowers.FolderName, "*.arrow")] : [];
        total = folders.SelectMany(folder => In(folder, "*")).Concat(towers).Sum(file => new FileInfo(file).Length);
        foreach (string folder in folders)
            Look(folder, [.. known[folder]], file => Reading(Path.Combine(root, folder, file)), cancellation);
        foreach (string tower in towers)
        {
            Forget(KeptTowers.FolderName);
            FolderDigests digests = new(Path.Combine(root, KeptTowers.FolderName), fresh);
            Judge(digests.DamageOfSealed(Path.GetFileName(tower), _ => Reading(tower), cancellation));
        }
        return new((int)fresh.Read, done, damaged, unjudged);

        void Reading(string file)
        {
            progress(done, total, Path.GetRelativePath(root, file));
            done += new FileInfo(file) is { Exists: true, Length: var bytes } ? bytes : 0;
        }
    }

    private void Look(string folder, IReadOnlyList<(Run Run, string Sha256)> known, Action<string> reading, CancellationToken cancellation)
    {
        Forget(folder);
        (string stage, string key) = (Path.GetDirectoryName(folder)!, Path.GetFileName(folder));
        FoundStage found = new ArtifactStore(root, fresh).Find(stage, key, reading: reading, cancellation: cancellation);
        foreach (ArtifactDamage damage in found.Damage) Judge(damage);
        ArtifactDamage Other(string? sha256, string problem) => new(stage, key, ResultFiles.Stage, known[0].Sha256, sha256, problem);
        if (found.Finished is not { } finished)
        {
            if (found.Damage.Count == 0 && known.Count > 0) Judge(Other(null, "is no longer in the store"));
            else if (found.Damage.Count == 0) unjudged.Add(new(folder, "the stage has not finished"));
            return;
        }
        string now = finished.Artifact.Sha256;
        if (known.Count > 0 && known.All(one => one.Sha256 != now)) Judge(Other(now, "is not the one that the registry knows"));
        else if (known.FirstOrDefault(one => one.Sha256 != now).Run is { } earlier)
            unjudged.Add(new($"{folder}/{ResultFiles.Stage}", $"run {earlier.ShortId} had another result here, which was computed again since"));
        HashSet<string> named = [.. finished.Result.Files.Keys, ResultFiles.Stage, ResultFiles.Stage + FileSeal.Ending, StageWorkspace.LogName];
        foreach (string name in In(folder, "*").Select(file => Path.GetRelativePath(Path.Combine(root, folder), file).Replace('\\', '/')))
            if (!named.Contains(name) && !name.StartsWith('.')) unjudged.Add(new($"{folder}/{name}", "no result names it"));
    }

    private void Judge(ArtifactDamage? damage)
    {
        if (damage is null) return;
        string path = Path.Combine(root, damage.Stage, damage.Key, damage.File);
        if (damage is { Expected: null, Found: null, IsMissing: false })
        {
            unjudged.Add(new(Path.GetRelativePath(root, path), damage.Problem));
            return;
        }
        damaged.Add(damage);
        // A new time of change: whoever remembers the file's digest has to read it again.
        try { if (File.Exists(path)) File.SetLastWriteTimeUtc(path, DateTime.UtcNow); }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException) { /* Nor could it be computed again then. */ }
    }

    private void Forget(string folder)
    {
        try { File.Delete(Path.Combine(root, folder, FolderDigests.FileName)); }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException) { /* There is none, or it stays as it is. */ }
    }

    private IEnumerable<string> Folders() => !Directory.Exists(root) ? [] : Directory.EnumerateDirectories(root)
        .Where(stage => Path.GetFileName(stage) != KeptTowers.FolderName).SelectMany(Directory.EnumerateDirectories)
        .Select(folder => Path.GetRelativePath(root, folder).Replace('\\', '/'));

    private IEnumerable<string> In(string folder, string pattern) => Path.Combine(root, folder) is var path && Directory.Exists(path)
        ? Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];
}
