using System.Buffers.Binary;

namespace Das.Benchmarks.Images.Formats;

/// <summary>What a TIFF's samples mean, for the layouts that Pillow reads (<c>TiffImagePlugin.OPEN_INFO</c>), as red, green, blue and alpha.</summary>
internal sealed class TiffPixels
{
    private delegate void Pixel(ReadOnlySpan<byte> row, int x, Span<byte> rgba);

    private readonly Pixel pixel;

    /// <exception cref="DasException">The layout is none of those.</exception>
    public TiffPixels(TiffTags tags)
    {
        int photometric = (int)tags.Of(TiffTags.Photometric, 0);
        Samples = (int)Math.Min(tags.Of(TiffTags.Samples, 1), 99);
        long[] bits = tags.All(TiffTags.Bits), extras = tags.All(TiffTags.ExtraSamples), formats = tags.All(TiffTags.SampleFormat);
        if (bits.Length == 0) bits = [1];
        if (bits.Length == 1) bits = [.. Enumerable.Repeat(bits[0], Samples)];
        Depth = Samples == 0 ? 0 : (int)Math.Min(bits[0], 99);
        int format = formats.Length > 0 ? (int)formats[0] : 1, colours = photometric switch { 2 => 3, 5 => 4, _ => 1 };
        int extra = extras.Length > 0 ? (int)extras[0] : Samples > colours ? 2 : 0;
        bool jpeg = photometric == 6 && tags.Of(TiffTags.Compression, 1) == 7;
        bool even = bits.Length >= Samples && bits.Take(Samples).All(depth => depth == Depth) && formats.All(of => of == format);
        pixel = (!even ? null : (photometric, format, Samples, Depth) switch
        {
            (0 or 1, 1, 1, 1 or 2 or 4 or 8) => Grey(photometric == 0),
            (1, 1, 2, 8) => (row, x, to) => Set(to, row[2 * x], row[2 * x], row[2 * x], row[2 * x + 1]),
            (1, 1, 1, 12) => (row, x, to) => Clip(to, x % 2 == 0 ? row[x / 2 * 3] << 4 | row[x / 2 * 3 + 1] >> 4
                : (row[x / 2 * 3 + 1] & 15) << 8 | row[x / 2 * 3 + 2]),
            (0, 1, 1, 16) when !tags.BigEndian => Sixteen,
            (1, 1, 1, 16) => Sixteen,
            (1, 2, 1, 16) => (row, x, to) => Clip(to, BinaryPrimitives.ReadInt16LittleEndian(row[(2 * x)..])),
            (1, 1, 1, 32) when tags.BigEndian => null,
            (1, 1 or 2, 1, 32) => (row, x, to) => Clip(to, BinaryPrimitives.ReadInt32LittleEndian(row[(4 * x)..])),
            (0 or 1, 3, 1, 32) => (row, x, to) => Clip(to, BinaryPrimitives.ReadSingleLittleEndian(row[(4 * x)..])),
            (2, 1, >= 3 and <= 6, 8) => Colours(extra, Samples, 1),
            (2, 1, 3 or 4, 16) => Colours(extra, Samples, 2),
            (3, 1, 1, 1 or 2 or 4 or 8) => Palette(tags, Depth),
            (5, 1, >= 4 and <= 6, 8) => (row, x, to) => Inks(to, row[(x * Samples)..], 1),
            (5, 1, 4, 16) when !tags.BigEndian => (row, x, to) => Inks(to, row[(x * 8)..], 2),
            (6, 1, 3, 8) when jpeg => Colours(0, 3, 1),
            _ => null,
        }) ?? throw new DasException(ErrorKind.Data, $"The image is a TIFF of photometric interpretation {photometric} with {Samples} samples of "
            + $"{string.Join(", ", bits)} bits and format {format}, which is not read.");
    }

    /// <summary>Samples a pixel.</summary>
    public int Samples { get; }

    /// <summary>Bits a sample.</summary>
    public int Depth { get; }

    /// <param name="row">The samples, those of a pixel side by side, numbers of several bytes little-endian.</param>
    /// <param name="rgba">Takes 4 bytes a pixel.</param>
    public void Convert(ReadOnlySpan<byte> row, Span<byte> rgba)
    {
        for (int x = 0; x < rgba.Length / 4; x++) pixel(row, x, rgba.Slice(x * 4, 4));
    }

    private static void Set(Span<byte> to, byte red, byte green, byte blue, byte alpha = byte.MaxValue) =>
        (to[0], to[1], to[2], to[3]) = (red, green, blue, alpha);

    private static void Clip(Span<byte> to, float value) => Clip(to, value is > 0 and < 255 ? (int)value : value >= 255 ? 255 : 0);

    private static void Clip(Span<byte> to, int value)
    {
        byte grey = (byte)Math.Clamp(value, 0, 255);
        Set(to, grey, grey, grey);
    }

    private static void Sixteen(ReadOnlySpan<byte> row, int x, Span<byte> to) => Clip(to, BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * x)..]));

    private static int Index(ReadOnlySpan<byte> row, int x, int depth) => (row[x * depth / 8] >> (8 - depth - (x * depth & 7))) & ((1 << depth) - 1);

    private Pixel Grey(bool inverted) => (row, x, to) =>
    {
        int value = Index(row, x, Depth) * 255 / ((1 << Depth) - 1);
        Clip(to, inverted ? 255 - value : value);
    };

    /// <summary>Of 16 bits the high byte; alpha of kind 1 has been multiplied into the colours.</summary>
    private static Pixel Colours(int extra, int samples, int bytes) => (row, x, to) =>
    {
        ReadOnlySpan<byte> from = row[(x * samples * bytes + bytes - 1)..];
        byte alpha = samples > 3 && extra != 0 ? from[3 * bytes] : byte.MaxValue;
        for (int c = 0; c < 3; c++)
        {
            int colour = from[c * bytes];
            to[c] = (byte)(extra != 1 || alpha == byte.MaxValue ? colour : alpha == 0 ? 0 : Math.Min(colour * 255 / alpha, 255));
        }
        to[3] = alpha;
    };

    private static Pixel? Palette(TiffTags tags, int depth)
    {
        long[] map = tags.All(TiffTags.ColourMap);
        int count = map.Length / 3;
        return count < 1 << depth ? null : (row, x, to) =>
        {
            int index = Index(row, x, depth);
            Set(to, (byte)(map[index] / 256), (byte)(map[count + index] / 256), (byte)(map[2 * count + index] / 256));
        };
    }

    /// <summary>(255 - K) - C (255 - K) / 255, the quotient rounded.</summary>
    private static void Inks(Span<byte> to, ReadOnlySpan<byte> from, int bytes)
    {
        int light = 255 - from[4 * bytes - 1];
        for (int c = 0; c < 3; c++)
        {
            int product = from[(c + 1) * bytes - 1] * light + 128;
            to[c] = (byte)(light - (((product >> 8) + product) >> 8));
        }
        to[3] = byte.MaxValue;
    }
}
