using SkiaSharp;

namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// A JPEG, decoded by Skia's libjpeg-turbo, whose values are Pillow's: triangle-interpolated chroma, CMYK as inverted. One of a single scan takes a
/// few rows; the coefficients of several scans are held until the last.
/// </summary>
internal sealed class JpegRows : PictureRows
{
    private readonly ReadOnlyMemory<byte> file;
    private readonly JpegHeader header;
    private PictureMemory? memory;
    private SKData? data;
    private SKCodec? codec;

    public static JpegRows Open(ReadOnlyMemory<byte> file) => new(file, JpegHeader.Read(file.Span));

    private JpegRows(ReadOnlyMemory<byte> file, JpegHeader header) : base(header.Width, header.Height)
    {
        (this.file, this.header) = (file, header);
        if (header.Scans) PictureLimits.CheckWhole(Width, Height, "a JPEG of several scans");
    }

    public override unsafe void Read(Span<byte> rgba)
    {
        codec ??= Start();
        fixed (byte* pixels = rgba)
            if (codec.GetScanlines((nint)pixels, 1, Width * 4) != 1) throw EndsEarly();
    }

    protected override void Dispose(bool disposing)
    {
        codec?.Dispose();
        data?.Dispose();
        memory?.Dispose();
    }

    /// <summary>Red, green, blue and alpha, as stored: without a colour space nothing is converted.</summary>
    public static SKImageInfo Pixels(int width, int height) => new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);

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
