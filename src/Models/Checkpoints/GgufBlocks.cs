using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Das.Models.Checkpoints;

/// <summary>
/// GGUF's blocks of quantised numbers (<c>ggml-quants.c</c> of https://github.com/ggml-org/ggml). A number is <c>scale q + offset</c>, where q is a
/// small whole one; the K types have a scale for every 16 or 32 numbers, itself a small whole number times the block's.
/// </summary>
internal static class GgufBlocks
{
    /// <summary>Bytes that are unpacked at a time, and numbers that share a scale at least.</summary>
    private const int Lanes = 16;

    /// <param name="block">The bytes of one.</param>
    /// <param name="numbers">Its numbers, in their order.</param>
    public delegate void Unpack(ReadOnlySpan<byte> block, Span<float> numbers);

    /// <summary>Q4_0: scale; 16 bytes whose low halves are the first 16 numbers, plus 8.</summary>
    public static void Q4(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        Vector128<byte> pairs = Bytes(block, 2);
        float scale = Half(block, 0);
        Write(Low(pairs), 8, scale, 0, numbers, 0);
        Write(High(pairs), 8, scale, 0, numbers, 16);
    }

    /// <summary>Q4_1: scale, offset; 16 bytes.</summary>
    public static void Q4WithMinimum(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        Vector128<byte> pairs = Bytes(block, 4);
        (float scale, float offset) = (Half(block, 0), Half(block, 2));
        Write(Low(pairs), 0, scale, offset, numbers, 0);
        Write(High(pairs), 0, scale, offset, numbers, 16);
    }

    /// <summary>Q5_0: scale; the fifth bits; 16 bytes as in Q4_0.</summary>
    public static void Q5(ReadOnlySpan<byte> block, Span<float> numbers) => Q5(block, 2, 16, Half(block, 0), 0, numbers);

    /// <summary>Q5_1: scale, offset; the fifth bits; 16 bytes.</summary>
    public static void Q5WithMinimum(ReadOnlySpan<byte> block, Span<float> numbers) => Q5(block, 4, 0, Half(block, 0), Half(block, 2), numbers);

    /// <summary>Q8_0: scale; 32 signed bytes.</summary>
    public static void Q8(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        float scale = Half(block, 0);
        for (int at = 0; at < 32; at += Lanes) Write(Bytes(block, 2 + at), 0, scale, 0, numbers, at);
    }

    /// <summary>Q2_K: 16 bytes, each a scale and a minimum of 4 bits; 64 bytes of four numbers; the block's scale and minimum.</summary>
    public static void Q2K(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        (float scale, float minimum) = (Half(block, 80), Half(block, 82));
        for (int group = 0; group < 16; group++)
        {
            (int stretch, int part) = (group / 8, group % 8);
            Vector128<byte> quarters = Bytes(block, 16 + (32 * stretch) + (16 * (part % 2)));
            Write((quarters >>> (2 * (part / 2))) & Vector128.Create((byte)3), 0, scale * (block[group] & 15), -minimum * (block[group] >> 4), numbers,
                Lanes * group);
        }
    }

    /// <summary>Q3_K: 32 bytes of third bits; 64 bytes of four numbers' lower two; 16 scales of 6 bits in 12 bytes; the block's scale.</summary>
    public static void Q3K(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        float scale = Half(block, 108);
        ReadOnlySpan<byte> scales = block.Slice(96, 12);
        for (int group = 0; group < 16; group++)
        {
            (int stretch, int part) = (group / 8, group % 8);
            Vector128<byte> low = (Bytes(block, 32 + (32 * stretch) + (16 * (part % 2))) >>> (2 * (part / 2))) & Vector128.Create((byte)3);
            Vector128<byte> high = Bits(Bytes(block, 16 * (part % 2)), (4 * stretch) + (part / 2), 4);
            int lower = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4, upper = (scales[8 + (group % 4)] >> (2 * (group / 4))) & 3;
            Write(low | high, 4, scale * ((lower | (upper << 4)) - 32), 0, numbers, Lanes * group);
        }
    }

    /// <summary>Q4_K: the block's scale and minimum; 8 scales and minima of 6 bits in 12 bytes; 128 bytes of two numbers.</summary>
    public static void Q4K(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        for (int group = 0; group < 16; group++)
        {
            Vector128<byte> pairs = Bytes(block, 16 + (32 * (group / 4)) + (16 * (group % 2)));
            (float scale, float offset) = SixBits(block, group / 2);
            Write(group % 4 < 2 ? Low(pairs) : High(pairs), 0, scale, offset, numbers, Lanes * group);
        }
    }

    /// <summary>Q5_K: as Q4_K, with 32 bytes of fifth bits before the 128.</summary>
    public static void Q5K(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        for (int group = 0; group < 16; group++)
        {
            Vector128<byte> pairs = Bytes(block, 48 + (32 * (group / 4)) + (16 * (group % 2)));
            Vector128<byte> fifth = Bits(Bytes(block, 16 + (16 * (group % 2))), group / 2, 16);
            (float scale, float offset) = SixBits(block, group / 2);
            Write((group % 4 < 2 ? Low(pairs) : High(pairs)) | fifth, 0, scale, offset, numbers, Lanes * group);
        }
    }

    /// <summary>Q6_K: 128 bytes of two numbers' lower four bits; 64 bytes of four numbers' upper two; 16 signed scales; the block's scale.</summary>
    public static void Q6K(ReadOnlySpan<byte> block, Span<float> numbers)
    {
        float scale = Half(block, 208);
        for (int group = 0; group < 16; group++)
        {
            (int stretch, int part) = (group / 8, group % 8);
            Vector128<byte> pairs = Bytes(block, (64 * stretch) + (16 * (part % 4)));
            Vector128<byte> upper = (Bytes(block, 128 + (32 * stretch) + (16 * (part % 2))) >>> (2 * (part / 2))) & Vector128.Create((byte)3);
            Write((part < 4 ? Low(pairs) : High(pairs)) | (upper << 4), 32, scale * (sbyte)block[192 + group], 0, numbers, Lanes * group);
        }
    }

    private static void Q5(ReadOnlySpan<byte> block, int at, byte zero, float scale, float offset, Span<float> numbers)
    {
        Vector128<byte> pairs = Bytes(block, at + 4);
        Write(Low(pairs) | Fifth(block.Slice(at, 2)), zero, scale, offset, numbers, 0);
        Write(High(pairs) | Fifth(block.Slice(at + 2, 2)), zero, scale, offset, numbers, 16);
    }

    /// <summary>Sixteen bits, each as the fifth bit of a byte.</summary>
    private static Vector128<byte> Fifth(ReadOnlySpan<byte> bits)
    {
        Vector128<byte> spread = Vector128.Create(Vector64.Create(bits[0]), Vector64.Create(bits[1]));
        Vector128<byte> places = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        return Vector128.Equals(spread & places, places) & Vector128.Create((byte)16);
    }

    /// <summary>Scale and offset of one of the eight groups of 32 in Q4_K and Q5_K.</summary>
    private static (float Scale, float Offset) SixBits(ReadOnlySpan<byte> block, int group)
    {
        ReadOnlySpan<byte> packed = block.Slice(4, 12);
        (int scale, int minimum) = group < 4 ? (packed[group] & 63, packed[group + 4] & 63)
            : ((packed[group + 4] & 15) | ((packed[group - 4] >> 6) << 4), (packed[group + 4] >> 4) | ((packed[group] >> 6) << 4));
        return (Half(block, 0) * scale, -Half(block, 2) * minimum);
    }

    /// <summary>Bit <paramref name="place"/> of every byte, as <paramref name="value"/> or 0.</summary>
    private static Vector128<byte> Bits(Vector128<byte> bytes, int place, byte value) =>
        Vector128.Equals((bytes >>> place) & Vector128<byte>.One, Vector128<byte>.One) & Vector128.Create(value);

    private static Vector128<byte> Low(Vector128<byte> pairs) => pairs & Vector128.Create((byte)15);

    private static Vector128<byte> High(Vector128<byte> pairs) => pairs >>> 4;

    private static Vector128<byte> Bytes(ReadOnlySpan<byte> block, int at) => Vector128.Create(block.Slice(at, Lanes));

    private static float Half(ReadOnlySpan<byte> block, int at) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[at..]);

    /// <summary>Sixteen numbers: <c>(q - zero) scale + offset</c>. Up to the sum it is exact in float32.</summary>
    private static void Write(Vector128<byte> q, byte zero, float scale, float offset, Span<float> numbers, int at)
    {
        Vector128<sbyte> whole = (q - Vector128.Create(zero)).AsSByte();
        (Vector128<short> first, Vector128<short> second) = Vector128.Widen(whole);
        Span<Vector128<float>> to = MemoryMarshal.Cast<float, Vector128<float>>(numbers.Slice(at, Lanes));
        (Vector128<float> factor, Vector128<float> plus) = (Vector128.Create(scale), Vector128.Create(offset));
        (Vector128<int> a, Vector128<int> b) = Vector128.Widen(first);
        (Vector128<int> c, Vector128<int> d) = Vector128.Widen(second);
        to[0] = (Vector128.ConvertToSingle(a) * factor) + plus;
        to[1] = (Vector128.ConvertToSingle(b) * factor) + plus;
        to[2] = (Vector128.ConvertToSingle(c) * factor) + plus;
        to[3] = (Vector128.ConvertToSingle(d) * factor) + plus;
    }
}
