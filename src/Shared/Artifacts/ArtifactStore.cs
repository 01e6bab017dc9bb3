namespace Das.Artifacts;

/// <summary>What lies in a stage's folder.</summary>
/// <param name="Finished">The result; null where there is none, or none that can be used.</param>
/// <param name="Damage">Why a result that is there cannot be used.</param>
public sealed record FoundStage(StageFinished? Finished, IReadOnlyList<ArtifactDamage> Damage);

/// <summary>
/// Finished files under one root folder: <c>{root}/{stage}/{key}/…</c>. A reference never leads outside of it. Whoever gets a path or a result from it gets
/// what the stage wrote, to the bit, or an exception; a file is read for that only where neither this process nor its folder remembers it.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="digests">What is known of files; by default what this process knows.</param>
public sealed class ArtifactStore(string root, FileDigests? digests = null)
{
    private static readonly char[] Foreign = ['\\', ':', '\0'];
    private readonly FileDigests digests = digests ?? FileDigests.OfProcess;

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The folder of a finished stage, all of whose files are as the stage wrote them.</summary>
    /// <param name="result">Its <c>result.json</c>.</param>
    /// <param name="reading">Told the name of a file before it is read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="DamagedArtifact">The result or one of its files is missing, changed or unreadable.</exception>
    public string FolderOf(ArtifactRef result, Action<string>? reading = null, CancellationToken cancellation = default)
    {
        StageResult read = ReadResult(result);
        if (DamageOf(read, read.Files.Keys, reading, cancellation) is [var first, ..]) throw new DamagedArtifact(result, first);
        return FolderOf(read.Stage, read.Key);
    }

    /// <summary>The path of a finished stage's file, which is as the stage wrote it.</summary>
    /// <param name="result">The stage's <c>result.json</c>.</param>
    /// <param name="file">Relative to the stage's folder, with forward slashes.</param>
    /// <exception cref="DamagedArtifact">The result or the file is missing, changed or unreadable.</exception>
    /// <exception cref="DasException">The stage left no such file.</exception>
    public string Verified(ArtifactRef result, string file)
    {
        StageResult read = ReadResult(result);
        read.File(file);
        if (DamageOf(read, [file]) is [var damage]) throw new DamagedArtifact(result, damage);
        return Inside($"{read.Stage}/{read.Key}/{file}");
    }

    /// <summary>Reads a stage's <c>result.json</c> and verifies it against its reference.</summary>
    /// <exception cref="DamagedArtifact">It is missing, changed or unreadable.</exception>
    public StageResult ReadResult(ArtifactRef artifact)
    {
        string path = Inside(artifact.Uri);
        (string stage, string key, string file) =
            artifact.Uri.Split('/', 3) is [var first, var second, var third] ? (first, second, third) : ("", "", artifact.Uri);
        ArtifactDamage damage;
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            string sha256 = Digest.Of(bytes);
            if (sha256 == artifact.Sha256) return StageResult.Parse(bytes);
            damage = ArtifactDamage.Changed(stage, key, file, artifact.Sha256, sha256);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            damage = ArtifactDamage.Missing(stage, key, file, artifact.Sha256);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException)
        {
            damage = ArtifactDamage.Unreadable(stage, key, file, artifact.Sha256, broken);
        }
        throw new DamagedArtifact(artifact, damage);
    }

    /// <summary>The result in a stage's folder, if it is there and can be trusted: it and all of its files are as they were written.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="key">The stage's key.</param>
    /// <param name="distrusted">SHA-256 of results that the registry does not know.</param>
    /// <param name="reading">Told the name of a file before it is read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public FoundStage Find(string stage, string key, IReadOnlyList<string>? distrusted = null, Action<string>? reading = null,
        CancellationToken cancellation = default)
    {
        string path = Path.Combine(FolderOf(stage, key), ResultFiles.Stage);
        string? seal = null;
        ArtifactDamage Of(string? found, string problem) => new(stage, key, ResultFiles.Stage, seal, found, problem);
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            string sha256 = Digest.Of(bytes);
            seal = FileSeal.Read(path); // Results from before they were sealed have none.
            if (seal is not null && seal != sha256) return new(null, [ArtifactDamage.Changed(stage, key, ResultFiles.Stage, seal, sha256)]);
            if (distrusted?.Contains(sha256) == true) return new(null, [Of(sha256, "is not the one that the registry knows")]);
            StageResult result = StageResult.Parse(bytes);
            if (result.Stage != stage || result.Key != key) return new(null, [Of(sha256, $"is the result of {result.Stage}/{result.Key}")]);
            if (result.Files.Keys.FirstOrDefault(IsForeign) is { } foreign)
                return new(null, [Of(sha256, $"names the file '{foreign}', which is not in its folder")]);
            IReadOnlyList<ArtifactDamage> damage = DamageOf(result, result.Files.Keys, reading, cancellation);
            return new(damage.Count > 0 ? null : new(result, Reference(stage, key, ResultFiles.Stage, sha256, bytes.LongLength), Reused: true), damage);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException) { return new(null, []); }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException)
        {
            return new(null, [ArtifactDamage.Unreadable(stage, key, ResultFiles.Stage, seal, broken)]);
        }
    }

    /// <summary>The reference to a file in a stage's folder.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="key">The stage's key.</param>
    /// <param name="file">Relative to the stage's folder, with forward slashes.</param>
    /// <param name="sha256">The file's digest.</param>
    /// <param name="bytes">The file's length.</param>
    public static ArtifactRef Reference(string stage, string key, string file, string sha256, long bytes) => new($"{stage}/{key}/{file}", sha256, bytes);

    /// <summary>The absolute path of <paramref name="artifact"/>; says nothing about what is there.</summary>
    /// <exception cref="DasException">The reference leads out of the store.</exception>
    internal string PathOf(ArtifactRef artifact) => Inside(artifact.Uri);

    /// <summary>The folder in which <paramref name="stage"/> works on <paramref name="key"/> and leaves its result.</summary>
    internal string FolderOf(string stage, string key) => Inside($"{stage}/{key}");

    /// <summary>What is known of the files of a stage's folder.</summary>
    internal FolderDigests DigestsIn(string folder) => new(folder, digests);

    private List<ArtifactDamage> DamageOf(StageResult result, IEnumerable<string> files, Action<string>? reading = null,
        CancellationToken cancellation = default)
    {
        List<ArtifactDamage> damage = [];
        FolderDigests known = DigestsIn(FolderOf(result.Stage, result.Key));
        foreach (string file in files)
        {
            Inside($"{result.Stage}/{result.Key}/{file}");
            string expected = result.Files[file].Sha256;
            try
            {
                string found = known.Of(file, expected, reading, cancellation);
                if (found != expected) damage.Add(ArtifactDamage.Changed(result.Stage, result.Key, file, expected, found));
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
            {
                damage.Add(ArtifactDamage.Missing(result.Stage, result.Key, file, expected));
            }
            catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
            {
                damage.Add(ArtifactDamage.Unreadable(result.Stage, result.Key, file, expected, broken));
            }
        }
        known.Keep();
        return damage;
    }

    private string Inside(string uri)
    {
        if (IsForeign(uri)) throw new DasException(ErrorKind.Storage, $"'{uri}' is no path inside the artifact store.");
        return Path.Combine(Root, Path.Combine(uri.Split('/')));
    }

    private static bool IsForeign(string uri) =>
        uri.Length == 0 || uri.IndexOfAny(Foreign) >= 0 || uri.Split('/').Any(segment => segment is "" or "." or "..");
}
