namespace Das.Foundation;

/// <summary>
/// A file that is either the old one or the new one, never half of one, whatever happens to the process: it is written beside its name, which
/// it takes in <see cref="Complete"/>; without that nothing is left beside it. Of several writers at once, the last to complete it stays.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);
    private readonly string path, beside;
    private readonly FileStream stream;
    private bool complete;

    /// <summary>Begins it. The folder is made where there is none; what killed processes left in it a day ago is removed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Bytes to reserve before the first is written, where they are known: a full disk is then found at once.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public AtomicFile(string path, long size = 0)
    {
        RequireRight();
        (this.path, beside) = (path, $"{path}.{Guid.NewGuid():N}.tmp");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        stream = new(beside, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, PreallocationSize = size });
        RemoveLeftovers(folder, deep: false, File.GetLastWriteTimeUtc(beside) - Abandoned);
    }

    /// <summary>
    /// What must hold for files to be written, in this flow of work and in all that it starts: called before each one is begun and again before it
    /// takes its name. It throws where the right to write has gone to another.
    /// </summary>
    public static AsyncLocal<Action?> Fence { get; } = new();

    /// <summary>Throws what <see cref="Fence"/> throws; for what is written in another way.</summary>
    public static void RequireRight() => Fence.Value?.Invoke();

    public Stream Content => stream;

    /// <summary>Flushes to the disk and gives the file its name.</summary>
    public void Complete()
    {
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        RequireRight();
        try { File.Move(beside, path, overwrite: true); }
        catch (FileNotFoundException)
        {
            RequireRight(); // whoever took the right to write has removed it
            throw;
        }
        complete = true;
    }

    public void Dispose()
    {
        try { stream.Dispose(); }
        finally { if (!complete) File.Delete(beside); }
    }

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using AtomicFile file = new(path);
        file.Content.Write(bytes);
        file.Complete();
    }

    /// <summary>Writes the whole content through <paramref name="write"/>; if that fails, the old file stays.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public static void Write(string path, Action<Stream> write, long size = 0)
    {
        using AtomicFile file = new(path, size);
        write(file.Content);
        file.Complete();
    }

    /// <summary>Writes indented JSON for people and programs alike.</summary>
    public static void WriteJson(string path, JsonNode json) => Write(path, JsonSerializer.SerializeToUtf8Bytes(json, Indented));

    /// <summary>Writes the bytes of <paramref name="source"/>.</summary>
    public static void Copy(string source, string path)
    {
        using FileStream bytes = File.OpenRead(source);
        Write(path, bytes.CopyTo, bytes.Length);
    }

    /// <summary>
    /// Removes what writers left that were killed, from <paramref name="folder"/> and the folders in it. Nobody else may write there: a living writer
    /// whose file is removed fails.
    /// </summary>
    public static void RemoveLeftovers(string folder) => RemoveLeftovers(folder, deep: true, before: null);

    private static void RemoveLeftovers(string folder, bool deep, DateTime? before)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = deep, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        foreach (string file in Directory.EnumerateFiles(folder, "*.tmp", all).Where(IsLeftover))
            try
            {
                if (before is { } time && (File.GetLastWriteTimeUtc(file) >= time || IsBeingWritten(file))) continue;
                File.Delete(file);
            }
            catch (Exception stays) when (stays is IOException or UnauthorizedAccessException) { /* The next writer tries again. */ }
    }

    private static bool IsLeftover(string file) =>
        Path.GetFileNameWithoutExtension(file) is var name && name.LastIndexOf('.') is var dot and >= 0 && Guid.TryParseExact(name[(dot + 1)..], "N", out _);

    /// <summary>By a process of this machine; the clock, which may have been set, says nothing of that.</summary>
    private static bool IsBeingWritten(string file)
    {
        try
        {
            using FileStream alone = new(file, FileMode.Open, FileAccess.Write, FileShare.None);
            return false;
        }
        catch (IOException) { return true; }
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
