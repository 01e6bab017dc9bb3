namespace Das.Models.Checkpoints;

/// <summary>The files that <see cref="Checkpoint.Open"/> reads at a path.</summary>
public static class CheckpointFiles
{
    /// <summary>The file itself, or those of a folder that decide what its tensors are: weights, index and sizes.</summary>
    /// <exception cref="DasException">The folder holds no weights of a known layout.</exception>
    public static IReadOnlyList<string> Of(string path) =>
        !Directory.Exists(path) ? [path]
        : MetaLlamaFolder.Is(path) ? MetaLlamaFolder.Files(path)
        : HuggingFaceFolder.Files(path);

    /// <summary>SHA-256 in lower-case hexadecimal: of a file's bytes, or of a folder's files' names and digests. Streams all of them.</summary>
    /// <exception cref="DasException">The folder holds no weights of a known layout.</exception>
    public static string Digest(string path)
    {
        if (!Directory.Exists(path)) return Foundation.Digest.OfFile(path);
        IEnumerable<string> lines = Of(path).Select(file => $"{Foundation.Digest.OfFile(file)}  {Path.GetFileName(file)}\n").Order(StringComparer.Ordinal);
        return Foundation.Digest.Of(string.Concat(lines));
    }
}
