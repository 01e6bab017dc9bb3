using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Das.Benchmarks.Arrow;

/// <summary>A file of any length, mapped; every access is checked against its bounds and against disposal.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private byte* start;

    public MappedFile(string path)
    {
        Path = path;
        Length = new FileInfo(path).Length;
        if (Length == 0) return; // An empty file cannot be mapped.
        map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    public string Path { get; }
    public long Length { get; }

    public ReadOnlySpan<byte> Span(long offset, long length)
    {
        if (offset < 0 || length < 0 || length > int.MaxValue || offset > Length - length)
            throw new InvalidDataException($"{Path} is damaged: it names bytes {offset} to {offset + length} of {Length}.");
        if (length == 0) return [];
        ObjectDisposedException.ThrowIf(start == null, this);
        return new(start + offset, (int)length);
    }

    public T Read<T>(long offset) where T : unmanaged => MemoryMarshal.Read<T>(Span(offset, sizeof(T)));

    public ReadOnlyMemory<byte> Memory(long offset, long length)
    {
        Span(offset, length);
        return new Window(this, offset, (int)length).Memory;
    }

    public void Dispose()
    {
        if (start == null) return;
        start = null;
        view!.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map!.Dispose();
    }

    private sealed class Window(MappedFile file, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(file.Span(offset, length)), length);

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            file.Span(offset + elementIndex, length - elementIndex);
            return new(file.start + offset + elementIndex);
        }

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}
