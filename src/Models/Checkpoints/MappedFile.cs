using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Das.Models.Checkpoints;

/// <summary>A read-only file in the address space; every access is checked against its length.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private const int LargestRead = 1 << 26;

    private readonly SafeFileHandle handle;
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private byte* start;

    private MappedFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        Length = length;
        this.handle = handle;
        map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    public bool IsDisposed => start is null;

    public static MappedFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            long length = RandomAccess.GetLength(handle);
            if (length == 0) throw new CheckpointException($"'{path}' is empty: a weight file was expected; copy or download it again.");
            return new MappedFile(path, handle, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            handle?.Dispose();
            throw new CheckpointException($"'{path}' cannot be opened as a weight file ({e.Message}): give the path of a readable .safetensors, .ckpt, .pth or .bin file.", e);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>The address of <paramref name="count"/> bytes from <paramref name="offset"/> on.</summary>
    public byte* At(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        if (offset < 0 || count < 0 || offset > Length - count)
            throw new CheckpointException($"'{Path}' is cut off or damaged: it points to {count} bytes at {offset} but has {Length}; copy or download it again.");
        return start + offset;
    }

    /// <summary>
    /// Copies <paramref name="count"/> bytes from <paramref name="offset"/> on. They are read, not taken from the map: a map's
    /// touched pages count as the process's memory, so loading a model would take twice its size.
    /// </summary>
    public void Copy(long offset, long count, byte* destination)
    {
        At(offset, count);
        for (long done = 0; done < count;)
        {
            int read = RandomAccess.Read(handle, new Span<byte>(destination + done, (int)Math.Min(count - done, LargestRead)), offset + done);
            if (read == 0) throw new CheckpointException($"'{Path}' became shorter while it was read: it had {Length} bytes; copy or download it again.");
            done += read;
        }
    }

    public ReadOnlySpan<byte> Span(long offset, int count) => new(At(offset, count), count);

    public void Dispose()
    {
        if (start is null) return;
        start = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }
}
