namespace Das.Training.Hub;

/// <summary>
/// What is kept of a repository, as Hugging Face's libraries keep it: <c>blobs</c> by digest, <c>snapshots/COMMIT</c> with links to them,
/// <c>refs/REVISION</c> with the commit that it was, <c>.no_exist/COMMIT</c> with names that are not there.
/// </summary>
/// <param name="cache">The folder of all repositories.</param>
/// <param name="repository"><c>ORG/NAME</c>.</param>
internal sealed class HubCache(string cache, string repository)
{
    private const int LongestRef = 200;
    private readonly string name = "models--" + repository.Replace("/", "--", StringComparison.Ordinal);

    private string Folder => Path.Combine(cache, name);

    /// <summary>The folder of the files at a commit.</summary>
    public string Snapshot(string commit) => Path.Combine(Folder, "snapshots", commit);

    /// <summary>Where a file's bytes lie.</summary>
    public string Blob(string digest) => Path.Combine(Folder, "blobs", digest);

    /// <summary>The lock of those who download it, that of Hugging Face's libraries too.</summary>
    public string Lock(string digest) => Path.Combine(cache, ".locks", name, digest + ".lock");

    /// <summary>The commit that a revision was when the hub was last asked; null where it never was.</summary>
    public string? CommitOf(string revision)
    {
        string file = Path.Combine(Folder, "refs", Path.Combine(revision.Split('/')));
        if (new FileInfo(file) is not { Exists: true, Length: < LongestRef }) return null;
        string commit = File.ReadAllText(file).Trim();
        return HubName.IsCommit(commit) ? commit : null;
    }

    /// <summary>Keeps what a revision is.</summary>
    public void Learn(string revision, string commit)
    {
        if (revision == commit || CommitOf(revision) == commit) return;
        AtomicFile.Write(Path.Combine(Folder, "refs", Path.Combine(revision.Split('/'))), System.Text.Encoding.ASCII.GetBytes(commit));
    }

    /// <summary>What is whole of a commit: paths with forward slashes.</summary>
    public IReadOnlySet<string> Files(string commit)
    {
        string folder = Snapshot(commit);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(File.Exists)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).ToHashSet(StringComparer.Ordinal) : new HashSet<string>();
    }

    /// <summary>Whether a file is known not to be there at a commit.</summary>
    public bool IsAbsent(string commit, string file) => File.Exists(Absence(commit, file));

    public void LearnAbsent(string commit, string file)
    {
        if (!IsAbsent(commit, file)) AtomicFile.Write(Absence(commit, file), []);
    }

    /// <summary>Gives bytes that are there the name that they have at a commit.</summary>
    public void Link(string commit, string file, string digest)
    {
        string path = Path.Combine(Snapshot(commit), Path.Combine(file.Split('/'))), blob = Blob(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path); // a link that leads nowhere
        try { File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob)); }
        catch (Exception noLinks) when (noLinks is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            if (!File.Exists(path)) AtomicFile.Copy(blob, path);
        }
    }

    private string Absence(string commit, string file) => Path.Combine(Folder, ".no_exist", commit, Path.Combine(file.Split('/')));
}
