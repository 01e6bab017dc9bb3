namespace Das.Disturbances.Amqp;

/// <summary>One frame of AMQP 0-9-1, as it goes over the wire.</summary>
/// <param name="Type">Method, content header, body or heartbeat.</param>
/// <param name="Channel">0 for the connection itself.</param>
/// <param name="Whole">All of its bytes.</param>
internal readonly record struct Frame(byte Type, ushort Channel, byte[] Whole)
{
    public const byte OfMethod = 1, OfHeader = 2, OfBody = 3;

    /// <summary>Type, channel and length before the payload; one byte ends the frame.</summary>
    private const int Before = 7, After = 1;

    /// <summary>A longer frame than any broker here agrees to is none.</summary>
    private const int Longest = 1 << 24;

    public ReadOnlyMemory<byte> Payload => Whole.AsMemory(Before, Whole.Length - Before - After);

    /// <summary>The next frame; null where the stream ends.</summary>
    /// <exception cref="InvalidDataException">These bytes are no frame.</exception>
    public static async Task<Frame?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] head = new byte[Before];
        if (await stream.ReadAtLeastAsync(head, Before, throwOnEndOfStream: false, cancellation) < Before) return null;
        int size = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(3));
        if (size is < 0 or > Longest) throw new InvalidDataException($"A frame of {size} bytes.");
        byte[] whole = new byte[Before + size + After];
        head.CopyTo(whole, 0);
        await stream.ReadExactlyAsync(whole.AsMemory(Before), cancellation);
        return new(head[0], BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1)), whole);
    }
}

/// <summary>Reads a method's arguments in order.</summary>
internal ref struct Arguments(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> rest = payload;

    public ushort Short() => BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort)));

    public ulong Long() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    public bool Bit() => (Take(1)[0] & 1) != 0;

    public string Text() => Encoding.UTF8.GetString(Take(Take(1)[0]));

    private ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
