using SkiaSharp;

namespace Das.Benchmarks.Images;

/// <summary>Pixels to PNG files: lossless, and the same bytes for the same pixels.</summary>
public static class PngEncoder
{
    public static byte[] Encode(Raster image)
    {
        using SKBitmap bitmap = new(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, image.Channels == 3 ? SKAlphaType.Opaque
            : SKAlphaType.Unpremul));
        Span<byte> pixels = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; from < image.Pixels.Length; from += image.Channels, to += 4)
        {
            pixels[to + 3] = byte.MaxValue;
            image.Pixels.AsSpan(from, image.Channels).CopyTo(pixels[to..]);
        }
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
