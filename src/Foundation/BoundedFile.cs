using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Das.Foundation;

/// <summary>
/// A read-only file of any length, read at positions. Every access is checked against its bounds, so that lengths and offsets in a damaged or hostile
/// file lead to a <see cref="DasException"/> that names the file. It is not mapped: a mapped file that another process cuts ends this one, and a map's
/// touched pages count as the process's memory. Safe to read from many threads.
/// </summary>
public sealed unsafe class BoundedFile : IDisposable
{
    private const int LargestRead = 1 << 26, PageBytes = 4096, Pages = 256;

    private readonly SafeFileHandle handle;
    private readonly Page?[] pages = new Page?[Pages];

    private BoundedFile(string path, SafeFileHandle handle)
    {
        Path = path;
        this.handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    /// <summary>The file, as it was given.</summary>
    public string Path { get; }

    /// <summary>Bytes, when it was opened.</summary>
    public long Length { get; }

    public bool IsDisposed { get; private set; }

    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or not for this user.</exception>
    public static BoundedFile Open(string path)
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

    /// <summary>Checks that <paramref name="count"/> bytes from <paramref name="offset"/> on are in the file.</summary>
    /// <exception cref="DasException">They are not.</exception>
    public void Check(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (offset < 0 || count < 0 || offset > Length - count)
            throw new DasException(ErrorKind.Data,
                $"'{Path}' is cut off or damaged: it refers to {count} bytes at {offset} but has {Length}; copy or make it again.");
    }

    /// <summary>Copies <paramref name="count"/> bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="DasException">They are not all in the file, or no longer.</exception>
    public void Copy(long offset, long count, byte* destination)
    {
        Check(offset, count);
        for (long done = 0; done < count;)
        {
            int part = (int)Math.Min(count - done, LargestRead);
            ReadExactly(offset + done, new Span<byte>(destination + done, part));
            done += part;
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="DasException">They are not all in the file, or no longer.</exception>
    public void Copy(long offset, Span<byte> destination)
    {
        Check(offset, destination.Length);
        Fill(offset, destination);
    }

    /// <summary>The bytes, in memory of their own.</summary>
    /// <exception cref="DasException">They are not all in the file, or no longer, or more than an array can hold.</exception>
    public byte[] Bytes(long offset, long count)
    {
        CheckArray(offset, count);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)count);
        Fill(offset, bytes);
        return bytes;
    }

    /// <summary>The same bytes as <see cref="Bytes"/>'s, read when they are first looked at.</summary>
    /// <exception cref="DasException">They are not all in the file, or more than an array can hold.</exception>
    public ReadOnlyMemory<byte> Memory(long offset, long count)
    {
        CheckArray(offset, count);
        return new Window(this, offset, (int)count).Whole;
    }

    /// <summary>The same bytes one after the other; valid while the file is open.</summary>
    /// <exception cref="DasException">They are not all in the file; while reading, no longer.</exception>
    public Stream Part(long offset, long count)
    {
        Check(offset, count);
        return new PartStream(this, offset, count);
    }

    /// <summary>A value as it lies in the file.</summary>
    /// <exception cref="DasException">It is not all in the file, or no longer.</exception>
    public T Read<T>(long offset) where T : unmanaged
    {
        Check(offset, sizeof(T));
        T value = default;
        Fill(offset, new Span<byte>(&value, sizeof(T)));
        return value;
    }

    public void Dispose()
    {
        IsDisposed = true;
        handle.Dispose();
    }

    private void CheckArray(long offset, long count)
    {
        Check(offset, count);
        if (count > Array.MaxLength)
            throw new DasException(ErrorKind.Data, $"'{Path}' is damaged: it refers to {count} bytes at once, at {offset}; copy or make it again.");
    }

    /// <summary>The pages around small parts that were read last are kept.</summary>
    private void Fill(long offset, Span<byte> destination)
    {
        int within = (int)(offset % PageBytes);
        if (destination.Length > 0 && within + destination.Length <= PageBytes)
            At(offset / PageBytes).AsSpan(within, destination.Length).CopyTo(destination);
        else ReadExactly(offset, destination);
    }

    /// <summary>A page of the file; the last one may be shorter.</summary>
    private byte[] At(long number)
    {
        ref Page? slot = ref pages[number % Pages];
        if (slot is { } kept && kept.Number == number) return kept.Bytes;
        byte[] bytes = new byte[Math.Min(PageBytes, Length - (number * PageBytes))];
        ReadExactly(number * PageBytes, bytes);
        slot = new(number, bytes);
        return bytes;
    }

    private void ReadExactly(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int read = RandomAccess.Read(handle, destination, offset);
            if (read == 0) throw new DasException(ErrorKind.Data, $"'{Path}' became shorter while it was read: it had {Length} bytes; copy or make it again.");
            offset += read;
            destination = destination[read..];
        }
    }

    /// <summary>Written once, so that threads may exchange the pages of a slot.</summary>
    private sealed record Page(long Number, byte[] Bytes);

    private sealed class PartStream(BoundedFile file, long start, long length) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => length;
        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, length - Position);
            file.ReadExactly(start + Position, buffer[..count]);
            Position += count;
            return count;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class Window(BoundedFile file, long offset, int length) : MemoryManager<byte>
    {
        private byte[]? read;

        public Memory<byte> Whole => CreateMemory(length);

        public override Span<byte> GetSpan() => read ??= file.Bytes(offset, length);

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            GetSpan();
            return read.AsMemory(elementIndex).Pin();
        }

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}
