using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// ViLT's transform (<c>V/transforms/pixelbert.py</c>, method §2.3): shorter side to <paramref name="shorter"/>, longer side at most
/// 1333/800 of it, both down to multiples of 32, Pillow's bicubic, values in [-1, 1].
/// </summary>
public sealed class PixelbertTransform(int shorter = 384)
{
    /// <summary>ViLT's patch side.</summary>
    private const int Multiple = 32;

    private readonly int longer = (int)(1333.0 / 800.0 * shorter);

    public static PixelNormalization Normalization { get; } = new([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]);

    /// <summary>The 8-bit picture.</summary>
    /// <param name="encoded">The picture's file.</param>
    /// <param name="augment">What training does to the whole RGB picture first: RandAugment.</param>
    /// <exception cref="DasException">Undecodable, or so long that its short side would be 0.</exception>
    public Raster Apply(ReadOnlyMemory<byte> encoded, Func<Raster, Raster>? augment = null)
    {
        using PictureRows rows = RasterRows.Open(encoded, augment);
        return PillowResize.RowsFirst(rows, 3, Target(rows.Width, rows.Height));
    }

    /// <summary>The same of a decoded picture.</summary>
    public Raster Resize(Raster image)
    {
        using RasterRows rows = new(image);
        return PillowResize.RowsFirst(rows, image.Channels, Target(image.Width, image.Height));
    }

    /// <summary>Whether a picture of that size can be made ready.</summary>
    /// <exception cref="DasException">It is so long that its short side would be 0.</exception>
    public void Check(int width, int height) => Target(width, height);

    private ResizeTarget Target(int fromWidth, int fromHeight)
    {
        (int width, int height) = SizeOf(fromWidth, fromHeight);
        return width > 0 && height > 0 ? new(width, height) : throw new DasException(ErrorKind.Data,
            $"A {fromWidth} x {fromHeight} image has no {Multiple}-pixel patch left when its longer side is cut to {longer} pixels.");
    }

    private (int Width, int Height) SizeOf(int width, int height)
    {
        double scale = (double)shorter / Math.Min(width, height);
        (double newHeight, double newWidth) = height < width ? ((double)shorter, scale * width) : (scale * height, (double)shorter);
        double largest = Math.Max(newHeight, newWidth);
        if (largest > longer)
        {
            double shrink = longer / largest;
            (newHeight, newWidth) = (newHeight * shrink, newWidth * shrink);
        }
        return ((int)(newWidth + 0.5) / Multiple * Multiple, (int)(newHeight + 0.5) / Multiple * Multiple);
    }
}
