using System.Security.Cryptography;

namespace Das.Benchmarks.Arrow;

/// <summary>
/// A table's file while it is being written, beside its name: unlike an <see cref="AtomicFile"/> it stays when its writer ends, for the next one to go
/// on with. What is written of bytes that are known to be there is dropped.
/// </summary>
internal sealed class TablePart : Stream
{
    private readonly string path;
    private readonly FileStream file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long position, known;

    /// <param name="path">The table's file once it is whole.</param>
    public TablePart(string path)
    {
        AtomicFile.RequireRight();
        this.path = path;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        file = new(Beside(path), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    /// <summary>What the file is called until it is whole.</summary>
    public static string Beside(string path) => path + ".part";

    /// <summary>What another reads of the file from its beginning on.</summary>
    public Stream Reading() => new FileStream(file.Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    /// <summary>Whether the file holds those bytes behind the known ones; if so, they are known from now on.</summary>
    /// <param name="end">Where they end.</param>
    /// <param name="sha256">Their digest.</param>
    public bool Knows(long end, string sha256)
    {
        if (end < known || end > file.Length) return false;
        byte[] bytes = new byte[end - known];
        file.Position = known;
        file.ReadExactly(bytes);
        if (Digest.Of(bytes) != sha256) return false;
        known = end;
        return true;
    }

    /// <summary>The digest of what was written since the last time.</summary>
    public string Written() => Convert.ToHexStringLower(hash.GetHashAndReset());

    /// <summary>Flushes to the disk and gives the file its name.</summary>
    public void Complete()
    {
        file.SetLength(position);
        file.Flush(flushToDisk: true);
        file.Dispose();
        AtomicFile.RequireRight();
        File.Move(Beside(path), path, overwrite: true);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        hash.AppendData(buffer);
        int there = (int)Math.Clamp(known - position, 0, buffer.Length);
        file.Position = position + there;
        file.Write(buffer[there..]);
        position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override bool CanWrite => true;

    /// <summary>The Arrow library asks for it, to learn where it is.</summary>
    public override bool CanSeek => true;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override long Length => position;

    public override bool CanRead => false;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            hash.Dispose();
        }
        base.Dispose(disposing);
    }
}
