namespace Das.Foundation;

/// <summary>
/// A file that is either the old one or the new one, never half of one, whatever happens to the process: it is written beside its name, which
/// it takes in <see cref="Complete"/>; without that nothing is left beside it.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string path, beside;
    private readonly FileStream stream;
    private bool complete;

    /// <summary>Begins it. The folder is made where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Bytes to reserve before the first is written, where they are known: a full disk is then found at once.</param>
    /// <param name="several">Others may write it at this moment; who completes it last stays.</param>
    /// <exception cref="IOException">The disk is full, or another process writes the same file at this moment.</exception>
    public AtomicFile(string path, long size = 0, bool several = false)
    {
        (this.path, beside) = (path, $"{path}{(several ? $".{Guid.NewGuid():N}" : "")}.tmp");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        stream = new(beside, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, PreallocationSize = size });
    }

    public Stream Content => stream;

    /// <summary>Flushes to the disk and gives the file its name.</summary>
    public void Complete()
    {
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        File.Move(beside, path, overwrite: true);
        complete = true;
    }

    public void Dispose()
    {
        if (!complete) File.Delete(beside); // before others may write it
        stream.Dispose();
    }

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using AtomicFile file = new(path);
        file.Content.Write(bytes);
        file.Complete();
    }

    /// <summary>Writes the whole content through <paramref name="write"/>; if that fails, the old file stays.</summary>
    /// <exception cref="IOException">The disk is full, or another process writes the same file at this moment.</exception>
    public static void Write(string path, Action<Stream> write, long size = 0)
    {
        using AtomicFile file = new(path, size);
        write(file.Content);
        file.Complete();
    }

    /// <summary>Writes indented JSON for people and programs alike.</summary>
    public static void WriteJson(string path, JsonNode json) => Write(path, JsonSerializer.SerializeToUtf8Bytes(json, Indented));

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
