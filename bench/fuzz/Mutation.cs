namespace Das.Fuzz;

/// <summary>Changes of bytes that keep most of a file.</summary>
internal static class Mutation
{
    private static readonly long[] Interesting =
    [
        0, 1, -1, 2, 3, 7, 8, 16, 32, 64, 100, 127, 128, 255, 256, 1000, 1024, 4096, 32767, 32768, 65535, 65536, 1 << 24, int.MaxValue, int.MinValue,
        uint.MaxValue, 1L << 40, 1L << 59, long.MaxValue, long.MinValue,
    ];

    /// <summary>One to four changes within a stretch; now and then the end is cut off.</summary>
    public static byte[] Bytes(byte[] valid, SplitMix64 random, int from, int to)
    {
        byte[] bytes = [.. valid];
        if (to <= from || bytes.Length == 0) return bytes;
        for (int changes = 1 + random.Below(4); changes > 0; changes--) Change(bytes, random, from, Math.Min(to, bytes.Length));
        return random.Below(40) == 0 ? bytes[..random.Below(bytes.Length)] : bytes;
    }

    /// <summary>As <see cref="Bytes"/> anywhere, and stretches are moved, doubled and left out.</summary>
    public static byte[] Anywhere(byte[] valid, SplitMix64 random)
    {
        byte[] bytes = Bytes(valid, random, 0, valid.Length);
        if (bytes.Length < 8 || random.Below(4) != 0) return bytes;
        int at = random.Below(bytes.Length), length = 1 + random.Below(Math.Min(64, bytes.Length - at)), other = random.Below(bytes.Length - length + 1);
        byte[] part = bytes[at..(at + length)];
        switch (random.Below(3))
        {
            case 0: return [.. bytes[..at], .. bytes[(at + length)..]];
            case 1: return [.. bytes[..other], .. part, .. bytes[other..]];
            default:
                part.CopyTo(bytes, other);
                return bytes;
        }
    }

    private static void Change(byte[] bytes, SplitMix64 random, int from, int to)
    {
        int at = from + random.Below(to - from), width = 1 << random.Below(4);
        if (random.Below(2) == 0) at -= at % width;
        at = Math.Clamp(at, 0, Math.Max(0, bytes.Length - width));
        if (bytes.Length < width) width = 1;
        long value = width switch
        {
            1 => bytes[at],
            2 => BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(at)),
            4 => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)),
        };
        value = random.Below(5) switch
        {
            0 => value ^ (1L << random.Below(8 * width)),
            1 => value + random.Below(9) - 4,
            2 => random.Below(256),
            3 => bytes[random.Below(bytes.Length)],
            _ => random.Pick(Interesting),
        };
        for (int i = 0; i < width; i++) bytes[at + i] = (byte)(value >> (8 * i));
    }
}
