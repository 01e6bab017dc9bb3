using SkiaSharp;

namespace Das.Benchmarks.Images.Formats;

/// <summary>The first picture of a WebP, which Skia's libwebp decodes whole, with Pillow's values.</summary>
internal static class WebPRows
{
    public static bool Is(ReadOnlySpan<byte> file) => file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    public static PictureRows Open(ReadOnlyMemory<byte> file)
    {
        using SKData data = SKData.CreateCopy(file.Span);
        using SKCodec codec = SKCodec.Create(data) ?? throw new DasException(ErrorKind.Data, $"The {file.Length} bytes are not a whole WebP image.");
        int width = codec.Info.Width, height = codec.Info.Height;
        PictureLimits.Check(width, height);
        PictureLimits.CheckWhole(width, height, "a WebP");
        return new WholeRows(width, height, 8, () => Decode(file.Span, width, height));
    }

    private static unsafe byte[] Decode(ReadOnlySpan<byte> file, int width, int height)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec codec = SKCodec.Create(data);
        byte[] rgba = new byte[4 * width * height];
        SKCodecResult result;
        fixed (byte* pixels = rgba) result = codec.GetPixels(JpegRows.Pixels(width, height), (nint)pixels, 4 * width, SKCodecOptions.Default);
        return result switch
        {
            SKCodecResult.Success => rgba,
            SKCodecResult.IncompleteInput =>
                throw new DasException(ErrorKind.Data, $"The image ends early: {file.Length} bytes do not hold its {width} x {height} pixels."),
            _ => throw new DasException(ErrorKind.Data, $"The data of the {width} x {height} image is damaged ({result})."),
        };
    }
}
