namespace Das.Artifacts;

/// <summary>
/// A file that one process at a time holds open. The operating system lets go of it when the process ends, also by
/// <c>kill -9</c>, so no lock outlives its owner.
/// </summary>
public sealed class FileLock : IDisposable
{
    private const int LinuxWouldBlock = 11, MacWouldBlock = 35, WindowsSharingViolation = unchecked((int)0x80070020), LongestMark = 1 << 16;
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>The lock, or null while another holds it (in this process or in another).</summary>
    public static FileLock? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        FileStream file;
        try { file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1); }
        catch (IOException held) when (held.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation) { return null; }
        try
        {
            if (IsStill(path, file)) return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        file.Dispose();
        return null;
    }

    /// <summary>Waits for the lock, looking every <paramref name="poll"/>.</summary>
    public static async Task<FileLock> TakeAsync(string path, TimeSpan poll, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryTake(path) is { } taken) return taken;
            await Task.Delay(poll, cancellation);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Whether the open file is the one at the path: its last owner may have removed it between our opening and our locking it, and the next one
    /// locks a new file. The file's length is the mark by which that is seen.
    /// </summary>
    private static bool IsStill(string path, FileStream file)
    {
        long mark = Random.Shared.Next(1, LongestMark);
        file.SetLength(mark);
        return new FileInfo(path) is { Exists: true } there && there.Length == mark;
    }
}
