using System.Runtime.InteropServices;

namespace Das.Foundation;

/// <summary>
/// What tells, without reading it, that a file is still the one that was read. On Linux the time of its last change is part of it, which nobody can put
/// back; elsewhere it is length and last write alone. What happens to a disk at rest it does not see.
/// </summary>
/// <param name="Inode">0 where there is none.</param>
/// <param name="Written">Last write, in nanoseconds since 1970.</param>
/// <param name="Changed">Last change of content or attributes, likewise; 0 where it is not known.</param>
/// <param name="Bytes">Length.</param>
public readonly partial record struct FileIdentity(ulong Inode, long Written, long Changed, long Bytes)
{
    private const long Second = 1_000_000_000, Tick = 50_000_000;

    /// <summary>That of a file, or of what a link leads to; null where it cannot be told: reading the file says why.</summary>
    public static FileIdentity? Of(string path)
    {
        if (OperatingSystem.IsLinux())
            try { return OnLinux(path); }
            catch (Exception old) when (old is EntryPointNotFoundException or DllNotFoundException) { /* A C library from before statx. */ }
        FileInfo file = new(path);
        return file.Exists ? new(0, (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, 0, file.Length) : null;
    }

    /// <summary>Whether a change from now on would show: not while it could still fall into the same tick of the file system's clock.</summary>
    public bool IsSettled()
    {
        long latest = Changed != 0 ? Changed : Written;
        return (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100 - latest > (latest % Second == 0 ? 2 * Second : Tick);
    }

    private static unsafe FileIdentity? OnLinux(string path)
    {
        const int WorkingDirectory = -100;
        const uint BasicStats = 0x7ff, Needed = 0x3c0; // modification, change, inode, size
        StatX found = default;
        if (StatXOf(WorkingDirectory, path, 0, BasicStats, &found) != 0 || (found.Mask & Needed) != Needed) return null;
        return new(found.Inode, found.WrittenSeconds * Second + found.WrittenNanoseconds, found.ChangedSeconds * Second + found.ChangedNanoseconds,
            (long)found.Size);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatXOf(int folder, string path, int flags, uint mask, StatX* found);

    /// <summary>statx(2): the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(0)] public uint Mask;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(96)] public long ChangedSeconds;
        [FieldOffset(104)] public uint ChangedNanoseconds;
        [FieldOffset(112)] public long WrittenSeconds;
        [FieldOffset(120)] public uint WrittenNanoseconds;
    }
}
