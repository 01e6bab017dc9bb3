namespace Das.Foundation;

/// <summary>Files that are either the old ones or the new ones, never half of one, whatever happens to the process.</summary>
public static class AtomicFile
{
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        byte[] whole = bytes.ToArray();
        Write(path, file => file.Write(whole));
    }

    /// <summary>
    /// Writes through <paramref name="write"/> beside <paramref name="path"/>, flushes to the disk, then takes its place. If
    /// <paramref name="write"/> fails, the old file stays and nothing is left beside it. The folder is made where there is none.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the whole content.</param>
    /// <param name="size">Bytes to reserve before the first is written, where they are known: a full disk is then found at once.</param>
    /// <exception cref="IOException">The disk is full, or another process writes the same file at this moment.</exception>
    public static void Write(string path, Action<Stream> write, long size = 0)
    {
        string beside = path + ".tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using (FileStream file = new(beside, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None,
            PreallocationSize = size }))
        {
            try
            {
                write(file);
                file.Flush(flushToDisk: true);
            }
            catch
            {
                File.Delete(beside);
                throw;
            }
        }
        File.Move(beside, path, overwrite: true);
    }

    /// <summary>Writes indented JSON for people and programs alike.</summary>
    public static void WriteJson(string path, JsonNode json) => Write(path, JsonSerializer.SerializeToUtf8Bytes(json, Indented));

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
