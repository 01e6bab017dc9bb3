using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Das.Foundation;

/// <summary>
/// A read-only file of any length in the address space. Every access is checked against its bounds and against disposal, so that lengths and
/// offsets in a damaged or hostile file lead to an <see cref="DasException"/> that names the file.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private const int LargestRead = 1 << 26;

    private readonly SafeFileHandle handle;
    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private byte* start;

    private MappedFile(string path, SafeFileHandle handle)
    {
        Path = path;
        this.handle = handle;
        Length = RandomAccess.GetLength(handle);
        if (Length == 0) return; // An empty file cannot be mapped.
        map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        view = map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    /// <summary>The file, as it was given.</summary>
    public string Path { get; }

    /// <summary>Bytes, when it was opened.</summary>
    public long Length { get; }

    public bool IsDisposed { get; private set; }

    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or not for this user.</exception>
    public static MappedFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            return new(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The address of <paramref name="count"/> bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="DasException">They are not all in the file.</exception>
    public byte* At(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (offset < 0 || count < 0 || offset > Length - count)
            throw new DasException(ErrorKind.Data,
                $"'{Path}' is cut off or damaged: it refers to {count} bytes at {offset} but has {Length}; copy or make it again.");
        return start + offset;
    }

    /// <summary>
    /// Copies <paramref name="count"/> bytes from <paramref name="offset"/> on. They are read, not taken from the map: a map's
    /// touched pages count as the process's memory, so loading a model would take twice its size.
    /// </summary>
    /// <exception cref="DasException">They are not all in the file, or no longer.</exception>
    public void Copy(long offset, long count, byte* destination)
    {
        At(offset, count);
        for (long done = 0; done < count;)
        {
            int read = RandomAccess.Read(handle, new Span<byte>(destination + done, (int)Math.Min(count - done, LargestRead)), offset + done);
            if (read == 0) throw new DasException(ErrorKind.Data, $"'{Path}' became shorter while it was read: it had {Length} bytes; copy or make it again.");
            done += read;
        }
    }

    /// <exception cref="DasException">They are not all in the file, or more than a span can hold.</exception>
    public ReadOnlySpan<byte> Span(long offset, long count)
    {
        byte* from = At(offset, count);
        return count <= int.MaxValue
            ? new(from, (int)count)
            : throw new DasException(ErrorKind.Data, $"'{Path}' is damaged: it refers to {count} bytes at once, at {offset}; copy or make it again.");
    }

    /// <summary>A value as it lies in the file.</summary>
    public T Read<T>(long offset) where T : unmanaged => MemoryMarshal.Read<T>(Span(offset, sizeof(T)));

    /// <summary>The same bytes as <see cref="Span"/>'s, to keep; reading them after disposal is an <see cref="ObjectDisposedException"/>.</summary>
    public ReadOnlyMemory<byte> Memory(long offset, long count) => new Window(this, offset, Span(offset, count).Length).Memory;

    public void Dispose()
    {
        if (IsDisposed) return;
        IsDisposed = true;
        start = null;
        view?.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        map?.Dispose();
        handle.Dispose();
    }

    private sealed class Window(MappedFile file, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(file.At(offset, length), length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(file.At(offset + elementIndex, length - elementIndex));

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}
