using System.Runtime.Intrinsics;
using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// Encoded pictures to pixels as Pillow's <c>convert</c> gives them: the stored orientation (but a TIFF is turned upright), no colour management,
/// alpha neither composited nor premultiplied. Anything but a whole picture of a format that is read is a <see cref="DasException"/>.
/// </summary>
public static class ImageDecoder
{
    private static readonly (Predicate Is, Func<ReadOnlyMemory<byte>, PictureRows> Open)[] Formats =
    [
        (JpegHeader.Is, JpegRows.Open), (PngRows.Is, PngRows.Open), (GifRows.Is, GifRows.Open), (BmpRows.Is, BmpRows.Open), (TiffTags.Is, TiffRows.Open),
        (WebPRows.Is, WebPRows.Open),
    ];

    private delegate bool Predicate(ReadOnlySpan<byte> file);

    /// <summary>Reads the header, and only that; rows are decoded as they are asked for.</summary>
    /// <param name="encoded">The picture's file, kept until the rows are disposed.</param>
    /// <exception cref="DasException">It is no picture of a format that is read, is cut or damaged, or claims more than
    /// <see cref="PictureLimits"/>.</exception>
    public static PictureRows Open(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.IsEmpty) throw new DasException(ErrorKind.Data, "The image is empty (0 bytes).");
        foreach ((Predicate matches, var open) in Formats)
            if (matches(encoded.Span)) return open(encoded);
        throw new DasException(ErrorKind.Data, encoded.Span.StartsWith("version https://git-lfs"u8)
            ? "The file is a Git LFS pointer, not an image: fetch the picture with 'git lfs pull'."
            : $"The {encoded.Length} bytes are not an image of a known format (they begin with {Start(encoded.Span)}): "
                + "JPEG, PNG, GIF, BMP, TIFF and WebP are read.");
    }

    /// <summary>Decodes every row and keeps none.</summary>
    /// <exception cref="DasException">The picture is not whole.</exception>
    /// <returns>Its size.</returns>
    public static (int Width, int Height) Verify(ReadOnlyMemory<byte> encoded)
    {
        using PictureRows rows = Open(encoded);
        byte[] row = new byte[4 * rows.Width];
        for (int y = 0; y < rows.Height; y++) rows.Read(row);
        return (rows.Width, rows.Height);
    }

    /// <summary>Red, green, blue; alpha is dropped, grey and palettes are expanded.</summary>
    /// <exception cref="DasException">See <see cref="Open"/>; or it has more than <see cref="PictureLimits.MostWholePixels"/>.</exception>
    public static Raster DecodeRgb(ReadOnlySpan<byte> encoded) => Decode(encoded, 3);

    /// <summary>Red, green, blue, alpha (255 where the picture has none).</summary>
    /// <exception cref="DasException">See <see cref="DecodeRgb"/>.</exception>
    public static Raster DecodeRgba(ReadOnlySpan<byte> encoded) => Decode(encoded, 4);

    /// <summary>All rows in memory.</summary>
    /// <param name="rows">Read to their end.</param>
    /// <param name="channels">3: RGB. 4: RGB and alpha.</param>
    /// <exception cref="DasException">There are more than <see cref="PictureLimits.MostWholePixels"/>, or the file is cut or damaged.</exception>
    public static Raster Whole(PictureRows rows, int channels)
    {
        PictureLimits.CheckWhole(rows.Width, rows.Height, "a picture that is augmented or cut into parts");
        byte[] pixels = new byte[rows.Width * rows.Height * channels], row = channels == 4 ? [] : new byte[4 * rows.Width];
        for (int y = 0; y < rows.Height; y++)
        {
            Span<byte> into = pixels.AsSpan(y * rows.Width * channels, rows.Width * channels);
            rows.Read(channels == 4 ? into : row);
            if (channels == 3) DropAlpha(row, into);
        }
        return new(pixels, rows.Width, rows.Height, channels);
    }

    /// <summary>The colours of pixels of 4 bytes.</summary>
    internal static void DropAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        Vector128<byte> colours = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0);
        int from = 0, to = 0;
        for (; to + Vector128<byte>.Count <= rgb.Length; from += 16, to += 12) // Writes 4 bytes more, which the next ones take the place of.
            Vector128.Shuffle(Vector128.Create(rgba[from..]), colours).CopyTo(rgb[to..]);
        for (; to < rgb.Length; from += 4, to += 3) rgba.Slice(from, 3).CopyTo(rgb[to..]);
    }

    private static Raster Decode(ReadOnlySpan<byte> encoded, int channels)
    {
        using PictureRows rows = Open(encoded.ToArray());
        return Whole(rows, channels);
    }

    private static string Start(ReadOnlySpan<byte> encoded) => Convert.ToHexStringLower(encoded[..Math.Min(8, encoded.Length)]);
}
