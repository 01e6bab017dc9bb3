namespace Das.Benchmarks.Raw;

/// <summary>A Parquet file whose metadata read differently, and of which no more is read than is let.</summary>
internal sealed class ParquetStream(Stream file, long from, byte[] patch) : Stream
{
    /// <summary>Where reading ends: at the end of what has been looked at.</summary>
    public long End { get; set; } = file.Length;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => file.Length;
    public override long Position { get => file.Position; set => file.Position = value; }

    /// <exception cref="InvalidDataException">It would begin behind the end.</exception>
    public override int Read(Span<byte> buffer)
    {
        long at = file.Position;
        if (at >= End && buffer.Length > 0) throw new InvalidDataException("it has fewer values than it claims");
        int read = file.Read(buffer[..(int)Math.Min(buffer.Length, End - at)]);
        long begin = Math.Max(at, from), end = Math.Min(at + read, from + patch.Length);
        if (begin < end) patch.AsSpan((int)(begin - from), (int)(end - begin)).CopyTo(buffer[(int)(begin - at)..]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
