using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// LLaVA's transform (<c>G/mm_utils.py:152-182</c>, method §5.3): centred on a square of CLIP's mean colour, resized with Pillow's bicubic, CLIP's
/// mean and deviation. The published centre crop cuts nothing off a square.
/// </summary>
public sealed class SquareTransform(int size = 336)
{
    /// <summary>255 times CLIP's mean, cut to whole numbers.</summary>
    private static readonly byte[] Border = [122, 116, 104, byte.MaxValue];

    public static PixelNormalization Normalization => ClipTransform.Normalization;

    /// <summary>The 8-bit picture.</summary>
    /// <param name="encoded">The picture's file.</param>
    /// <exception cref="DasException">Undecodable, or so long that its square would be too large.</exception>
    public Raster Apply(ReadOnlyMemory<byte> encoded)
    {
        using PictureRows rows = ImageDecoder.Open(encoded);
        Check(rows.Width, rows.Height);
        using PictureRows square = new SquareRows(rows);
        return PillowResize.RowsFirst(square, 3, size, size);
    }

    /// <summary>The picture in the middle of a square as wide as its longer side; the border's odd row or column lies behind it.</summary>
    /// <exception cref="DasException">The square would be too large.</exception>
    public static Raster Square(Raster image)
    {
        Check(image.Width, image.Height);
        using RasterRows rows = new(image);
        using SquareRows square = new(rows);
        return ImageDecoder.Whole(square, 3);
    }

    /// <summary>The 8-bit picture of a square.</summary>
    public Raster Resize(Raster square) => PillowResize.RowsFirst(square, size, size);

    /// <summary>Whether a picture of that size can be made ready.</summary>
    /// <exception cref="DasException">Its square would be too large.</exception>
    public static void Check(int width, int height)
    {
        long side = Math.Max(width, height);
        if (width != height && side * side > PictureLimits.MostPixels) throw new DasException(ErrorKind.Data,
            $"A {width} x {height} image would become a square of {side} x {side} pixels; more than {PictureLimits.MostPixels} are refused.");
    }

    /// <param name="image">What lies in the middle.</param>
    private sealed class SquareRows(PictureRows image) : PictureRows(Math.Max(image.Width, image.Height), Math.Max(image.Width, image.Height))
    {
        private int row;

        public override void Read(Span<byte> rgba)
        {
            int left = (Width - image.Width) / 2, y = row++ - (Height - image.Height) / 2;
            if (left > 0 || y < 0 || y >= image.Height)
                for (int x = 0; x < Width; x++) Border.CopyTo(rgba[(4 * x)..]);
            if (y >= 0 && y < image.Height) image.Read(rgba.Slice(4 * left, 4 * image.Width));
        }
    }
}
