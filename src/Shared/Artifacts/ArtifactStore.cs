namespace Das.Artifacts;

/// <summary>Finished files under one root folder: <c>{root}/{stage}/{key}/…</c>. A reference never leads outside of it.</summary>
public sealed class ArtifactStore(string root)
{
    private static readonly char[] Foreign = ['\\', ':', '\0'];

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The absolute path of <paramref name="artifact"/>; says nothing about whether it exists.</summary>
    /// <exception cref="DasException">The reference leads out of the store.</exception>
    public string PathOf(ArtifactRef artifact) => Inside(artifact.Uri);

    /// <summary>The folder in which <paramref name="stage"/> works on <paramref name="key"/> and leaves its result.</summary>
    public string FolderOf(string stage, string key) => Inside($"{stage}/{key}");

    /// <summary>The folder of a finished stage, given its <c>result.json</c>, which is verified.</summary>
    /// <exception cref="DasException">The result is missing, changed or unreadable.</exception>
    public string FolderOf(ArtifactRef result) => FolderOf(ReadResult(result).Stage, ReadResult(result).Key);

    /// <summary>The reference to a file in a stage's folder.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="key">The stage's key.</param>
    /// <param name="file">Relative to the stage's folder, with forward slashes.</param>
    /// <param name="sha256">The file's digest.</param>
    /// <param name="bytes">The file's length.</param>
    public static ArtifactRef Reference(string stage, string key, string file, string sha256, long bytes) => new($"{stage}/{key}/{file}", sha256, bytes);

    /// <summary>Reads a stage's <c>result.json</c> and verifies it against its reference.</summary>
    /// <exception cref="DasException">It is missing, changed or unreadable.</exception>
    public StageResult ReadResult(ArtifactRef artifact)
    {
        string path = PathOf(artifact);
        if (!File.Exists(path)) throw new DasException(ErrorKind.Storage,
            $"The artifact {artifact.Uri} is not in the store {Root}. Start the run again with --fresh.");
        byte[] bytes;
        try { bytes = File.ReadAllBytes(path); }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Storage, $"The artifact {artifact.Uri} cannot be read: {broken.Message}", broken);
        }
        if (Digest.Of(bytes) != artifact.Sha256)
            throw new DasException(ErrorKind.Storage,
                $"The artifact {artifact.Uri} has changed since it was written (its SHA-256 is not {artifact.Sha256}). Start the run "
                + "again with --fresh.");
        try { return StageResult.Parse(bytes); }
        catch (JsonException broken) { throw new DasException(ErrorKind.Storage, $"The artifact {artifact.Uri} is no stage's result: {broken.Message}", broken);
        }
    }

    /// <summary>
    /// The result in a stage's folder with its reference, or null if there is none or a file it names is missing or has
    /// another length.
    /// </summary>
    public (StageResult Result, ArtifactRef Artifact)? Find(string stage, string key)
    {
        string path = Path.Combine(FolderOf(stage, key), ResultFiles.Stage);
        if (!File.Exists(path)) return null;
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            StageResult result = StageResult.Parse(bytes);
            bool whole = result.Stage == stage && result.Key == key && result.Files.Values.All(HasItsLength);
            return whole ? (result, Reference(stage, key, ResultFiles.Stage, Digest.Of(bytes), bytes.LongLength)) : null;
        }
        catch (JsonException) { return null; }
    }

    private bool HasItsLength(ArtifactRef artifact) => new FileInfo(PathOf(artifact)) is { Exists: true } file && file.Length == artifact.Bytes;

    private string Inside(string uri)
    {
        bool hostile = uri.Length == 0 || uri.IndexOfAny(Foreign) >= 0 || uri.Split('/').Any(segment => segment is "" or "." or "..");
        if (hostile) throw new DasException(ErrorKind.Storage, $"'{uri}' is no path inside the artifact store.");
        return Path.Combine(Root, Path.Combine(uri.Split('/')));
    }
}
