using SkiaSharp;

namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// A JPEG, decoded by Skia's libjpeg-turbo, whose values are Pillow's: triangle-interpolated chroma, CMYK as inverted. One of a single scan takes a
/// few rows; the coefficients of several scans are held until the last.
/// </summary>
internal sealed class JpegRows : PictureRows
{
    private const int RowsAhead = 8;

    private readonly ReadOnlyMemory<byte> file;
    private readonly JpegHeader header;
    private PictureMemory? memory;
    private SKData? data;
    private SKCodec? codec;
    private byte[] ahead = [];
    private int row, decoded;

    public static JpegRows Open(ReadOnlyMemory<byte> file) => new(file, JpegHeader.Read(file.Span));

    private JpegRows(ReadOnlyMemory<byte> file, JpegHeader header) : base(header.Width, header.Height)
    {
        (this.file, this.header) = (file, header);
        if (header.Scans) PictureLimits.CheckWhole(Width, Height, "a JPEG of several scans");
    }

    public override void Read(Span<byte> rgba)
    {
        if (row == ahead.Length) Decode();
        ahead.AsSpan(row, 4 * Width).CopyTo(rgba);
        row += 4 * Width;
    }

    protected override void Dispose(bool disposing)
    {
        codec?.Dispose();
        data?.Dispose();
        memory?.Dispose();
    }

    /// <summary>Red, green, blue and alpha, as stored: without a colour space nothing is converted.</summary>
    public static SKImageInfo Pixels(int width, int height) => new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);

    /// <summary>The next rows, some at a time: each call into Skia has its price.</summary>
    private unsafe void Decode()
    {
        codec ??= Start();
        int rows = Math.Min(RowsAhead, Height - decoded);
        if (ahead.Length != 4 * Width * rows) ahead = new byte[4 * Width * rows];
        fixed (byte* pixels = ahead)
            if (codec.GetScanlines((nint)pixels, rows, 4 * Width) != rows) throw EndsEarly();
        (row, decoded) = (0, decoded + rows);
    }

    private SKCodec Start()
    {
        header.RequireEnd(file.Span);
        if (header.Scans) memory = PictureMemory.Take(Width, Height, 6);
        data = SKData.CreateCopy(file.Span);
        SKCodec? created = SKCodec.Create(data);
        if (created is not null && created.EncodedFormat == SKEncodedImageFormat.Jpeg && (created.Info.Width, created.Info.Height) == (Width, Height)
            && created.StartScanlineDecode(Pixels(Width, Height)) == SKCodecResult.Success) return created;
        created?.Dispose();
        throw Damaged("its JPEG cannot be decoded");
    }
}
