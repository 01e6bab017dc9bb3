using System.Collections.Concurrent;

namespace Das.Foundation;

/// <summary>SHA-256 of files, each of which is read once as long as its <see cref="FileIdentity"/> stays.</summary>
public sealed class FileDigests
{
    private const int Most = 100_000;
    private readonly ConcurrentDictionary<string, (FileIdentity Identity, string Sha256)> known = new(StringComparer.Ordinal);
    private long read;

    /// <summary>What this process knows.</summary>
    public static FileDigests OfProcess { get; } = new();

    /// <summary>How many files were read.</summary>
    public long Read => Interlocked.Read(ref read);

    /// <summary>Lower-case hexadecimal; the file is read unless its digest is known.</summary>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or not for this user.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while it was read.</exception>
    public string Of(string path, CancellationToken cancellation = default)
    {
        if (Known(path) is { } sha256) return sha256;
        FileIdentity? before = FileIdentity.Of(path);
        bool settled = before is { } found && found.IsSettled();
        sha256 = Digest.OfFile(path, cancellation);
        Interlocked.Increment(ref read);
        if (settled && FileIdentity.Of(path) == before) Learn(path, before!.Value, sha256);
        return sha256;
    }

    /// <summary>The digest if it is known; null if the file must be read.</summary>
    public string? Known(string path) =>
        known.TryGetValue(Path.GetFullPath(path), out var entry) && FileIdentity.Of(path) == entry.Identity ? entry.Sha256 : null;

    /// <summary>Takes over what somebody read from the file while it was the one with that identity.</summary>
    public void Learn(string path, FileIdentity identity, string sha256)
    {
        if (known.Count >= Most) known.Clear();
        known[Path.GetFullPath(path)] = (identity, sha256);
    }
}
