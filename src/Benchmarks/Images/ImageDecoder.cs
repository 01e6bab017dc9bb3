using System.Runtime.InteropServices;
using SkiaSharp;

namespace Das.Benchmarks.Images;

/// <summary>
/// Encoded pictures to pixels as Pillow's <c>convert</c> gives them: the stored orientation, no colour management, alpha neither composited nor
/// premultiplied. Anything but a whole picture is a <see cref="DasException"/>.
/// </summary>
public static class ImageDecoder
{
    /// <summary>More pixels than any benchmark's pictures have; a small file can claim gigabytes.</summary>
    public const long MostPixels = 1L << 26;

    /// <summary>Red, green, blue; alpha is dropped, grey and palettes are expanded.</summary>
    public static Raster DecodeRgb(ReadOnlySpan<byte> encoded)
    {
        Raster rgba = DecodeRgba(encoded);
        byte[] rgb = new byte[rgba.Pixels.Length / 4 * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba.Pixels[from];
            rgb[to + 1] = rgba.Pixels[from + 1];
            rgb[to + 2] = rgba.Pixels[from + 2];
        }
        return new(rgb, rgba.Width, rgba.Height, 3);
    }

    /// <summary>Red, green, blue, alpha (255 where the picture has none).</summary>
    public static Raster DecodeRgba(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty) throw new DasException(ErrorKind.Data, "The image is empty (0 bytes).");
        using SKData data = SKData.CreateCopy(encoded);
        using SKCodec codec = SKCodec.Create(data)
            ?? throw new DasException(ErrorKind.Data, $"The {encoded.Length} bytes are not an image of a known format (they begin with {Start(encoded)}).");
        int width = codec.Info.Width, height = codec.Info.Height;
        if (width <= 0 || height <= 0) throw new DasException(ErrorKind.Data, $"The image claims {width} x {height} pixels.");
        if ((long)width * height > MostPixels) throw new DasException(ErrorKind.Data,
            $"The image claims {width} x {height} pixels; more than {MostPixels} are refused.");

        byte[] pixels = new byte[width * height * 4];
        SKImageInfo wanted = new(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        GCHandle pinned = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        SKCodecResult result;
        try
        {
            result = codec.GetPixels(wanted, pinned.AddrOfPinnedObject(), wanted.RowBytes, SKCodecOptions.Default);
        }
        finally
        {
            pinned.Free();
        }
        return result switch
        {
            SKCodecResult.Success => new(pixels, width, height, 4),
            SKCodecResult.IncompleteInput =>
                throw new DasException(ErrorKind.Data, $"The image ends early: {encoded.Length} bytes do not hold its {width} x {height} pixels."),
            SKCodecResult.ErrorInInput => throw new DasException(ErrorKind.Data, $"The data of the {width} x {height} image is damaged."),
            _ => throw new DasException(ErrorKind.Data, $"The {width} x {height} image cannot be decoded ({result})."),
        };
    }

    private static string Start(ReadOnlySpan<byte> encoded) => Convert.ToHexStringLower(encoded[..Math.Min(8, encoded.Length)]);
}
