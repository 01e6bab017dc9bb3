using System.Buffers.Binary;
using System.Numerics;

namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// Windows and OS/2 bitmaps as Pillow reads them: 1, 4 and 8 bits with a palette, also run-length encoded, 16 bits as 555 or 565 with a channel of
/// n bits as v · 255 / (2ⁿ - 1) cut off, 24 and 32 bits.
/// </summary>
internal sealed class BmpRows : PictureRows
{
    /// <summary>The masks of red, green, blue and alpha that Pillow knows for 32 bits; none at all are those of blue, green, red, alpha.</summary>
    private static readonly uint[][] Masks32 =
    [
        [0xFF0000, 0xFF00, 0xFF, 0], [0xFF000000, 0xFF0000, 0xFF00, 0], [0xFF000000, 0xFF00, 0xFF, 0], [0xFF000000, 0xFF0000, 0xFF00, 0xFF],
        [0xFF, 0xFF00, 0xFF0000, 0xFF000000], [0xFF0000, 0xFF00, 0xFF, 0xFF000000], [0xFF000000, 0xFF00, 0xFF, 0xFF0000], [0, 0, 0, 0],
    ];

    private static readonly uint[] Masks565 = [0xF800, 0x7E0, 0x1F], Masks555 = [0x7C00, 0x3E0, 0x1F], Masks24 = [0xFF0000, 0xFF00, 0xFF];

    private readonly ReadOnlyMemory<byte> file;
    private readonly int bits, data;
    private readonly bool topDown;
    private readonly byte[] colours = new byte[256 * 3];
    private readonly uint[] masks;
    private readonly bool encoded;
    private byte[]? runs;
    private PictureMemory? memory;
    private int row;

    public static bool Is(ReadOnlySpan<byte> file) => file.StartsWith("BM"u8);

    public static BmpRows Open(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        long header = bytes.Length >= 26 ? Number(bytes, 14) : throw Cut(bytes);
        if (header is not (12 or 40 or 52 or 56 or 64 or 108 or 124))
            throw new DasException(ErrorKind.Data, $"The image is a BMP with a header of {header} bytes, which is none of those there are.");
        if (bytes.Length < 14 + header) throw Cut(bytes);
        if (header == 12)
            return new(file, BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]), (int)header, false);
        bool topDown = bytes[25] == 0xFF;
        return new(file, Number(bytes, 18), topDown ? (1L << 32) - Number(bytes, 22) : Number(bytes, 22), (int)header, topDown);
    }

    private BmpRows(ReadOnlyMemory<byte> file, long width, long height, int header, bool topDown) : base(width, height)
    {
        (this.file, this.topDown) = (file, topDown);
        ReadOnlySpan<byte> bytes = file.Span;
        bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(header == 12 ? 24 : 28)..]);
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32)) throw Unsupported($"{bits} bits a pixel");
        long compression = header == 12 ? 0 : Number(bytes, 30), count = header == 12 ? 0 : Number(bytes, 46), offset = Number(bytes, 10);
        int after = 14 + header;
        masks = compression == 3 ? Fields(bytes, header, ref after) : bits == 16 ? Masks555 : [0xFF0000, 0xFF00, 0xFF, 0];
        if (compression is < 0 or > 3 || (compression is 1 or 2 && bits != (compression == 1 ? 8 : 4))) throw Unsupported($"compression {compression}");

        if (count == 0) count = 1L << bits;
        if (offset == 14 + header && bits <= 8) offset += 4 * count;
        if (bits <= 8) after = Palette(bytes, after, count, header == 12 ? 3 : 4);
        data = (int)Math.Min(offset == 0 ? after : offset, bytes.Length);
        encoded = compression is 1 or 2;
        if (encoded) PictureLimits.CheckWhole(width, height, "a run-length encoded BMP");
    }

    public override void Read(Span<byte> rgba)
    {
        int y = topDown ? row : Height - 1 - row;
        row++;
        if (encoded)
        {
            runs ??= Decode();
            for (int x = 0; x < Width; x++) Colour(rgba.Slice(x * 4, 4), runs[y * Width + x]);
            return;
        }
        long stride = ((long)Width * bits + 31) / 32 * 4, at = data + y * stride, end = at + ((long)Width * bits + 7) / 8;
        if (end > file.Length) throw EndsEarly();
        ReadOnlySpan<byte> from = file.Span[(int)at..(int)end];
        for (int x = 0; x < Width; x++)
        {
            Span<byte> pixel = rgba.Slice(x * 4, 4);
            if (bits <= 8) Colour(pixel, (from[x * bits / 8] >> (8 - bits - (x * bits & 7))) & ((1 << bits) - 1));
            else Masked(pixel, bits switch
            {
                16 => BinaryPrimitives.ReadUInt16LittleEndian(from[(2 * x)..]),
                24 => from[3 * x] | (uint)from[3 * x + 1] << 8 | (uint)from[3 * x + 2] << 16,
                _ => BinaryPrimitives.ReadUInt32LittleEndian(from[(4 * x)..]),
            });
        }
    }

    protected override void Dispose(bool disposing) => memory?.Dispose();

    private byte[] Decode()
    {
        memory = PictureMemory.Take(Width, Height, 1);
        byte[] indexes = new byte[Width * Height];
        return BmpRuns.Decode(file.Span, data, Width, bits == 4, indexes) ? indexes : throw EndsEarly();
    }

    private void Colour(Span<byte> pixel, int index)
    {
        colours.AsSpan(index * 3, 3).CopyTo(pixel);
        pixel[3] = byte.MaxValue;
    }

    private void Masked(Span<byte> pixel, uint value)
    {
        for (int c = 0; c < 3; c++)
        {
            int shift = BitOperations.TrailingZeroCount(masks[c]);
            pixel[c] = (byte)(((value & masks[c]) >> shift) * 255 / (masks[c] >> shift));
        }
        pixel[3] = masks.Length == 4 && masks[3] != 0 ? (byte)(value >> BitOperations.TrailingZeroCount(masks[3])) : byte.MaxValue;
    }

    private uint[] Fields(ReadOnlySpan<byte> bytes, int header, ref int after)
    {
        int at = 54, given = header >= 56 ? 4 : 3;
        if (header == 40) after += 12;
        if (bytes.Length < Math.Max(after, at + 4 * given)) throw Cut(bytes);
        uint[] fields = new uint[4];
        for (int i = 0; i < given; i++) fields[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4 * i)..]);
        uint[] colour = fields[..3];
        bool known = bits switch
        {
            16 => colour.SequenceEqual(Masks565) || colour.SequenceEqual(Masks555),
            24 => colour.SequenceEqual(Masks24),
            32 => Array.Exists(Masks32, fields.SequenceEqual),
            _ => false,
        };
        if (!known) throw Unsupported($"the bit masks {string.Join(", ", fields.Select(field => $"0x{field:X}"))}");
        return bits < 32 ? colour : Array.TrueForAll(fields, field => field == 0) ? [0xFF0000, 0xFF00, 0xFF, 0xFF000000] : fields;
    }

    /// <summary>Colours are stored blue, green, red; those beyond the last one given are black.</summary>
    private int Palette(ReadOnlySpan<byte> bytes, int at, long count, int entry)
    {
        if (count > 65536) throw Unsupported($"{count} colours");
        long end = at + count * entry;
        if (end > bytes.Length) throw Cut(bytes);
        for (int i = 0; i < Math.Min(count, 256); i++)
            for (int c = 0; c < 3; c++) colours[i * 3 + c] = bytes[at + i * entry + 2 - c];
        return (int)end;
    }

    private static long Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static DasException Unsupported(string what) => new(ErrorKind.Data, $"The image is a BMP with {what}, which is not read.");

    private static DasException Cut(ReadOnlySpan<byte> bytes) =>
        new(ErrorKind.Data, $"The image ends early: {bytes.Length} bytes do not hold the BMP's header.");
}
