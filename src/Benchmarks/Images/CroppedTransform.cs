using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// The preparation that a <c>preprocessor_config.json</c> of Hugging Face's library asks for, as its <c>BitImageProcessor</c> does it: alpha dropped, the
/// shorter side resized with Pillow's bicubic, a square cut out of the middle. Only the cut is computed.
/// </summary>
/// <param name="shorter">Pixels of the shorter side before the cut.</param>
/// <param name="size">Side of the square in pixels.</param>
public sealed class CroppedTransform(int shorter, int size)
{
    /// <summary>The 8-bit picture.</summary>
    /// <param name="encoded">The picture's file.</param>
    /// <param name="augment">What training does to the whole picture first.</param>
    /// <exception cref="DasException">Undecodable.</exception>
    public Raster Apply(ReadOnlyMemory<byte> encoded, Func<Raster, Raster>? augment = null)
    {
        using PictureRows rows = RasterRows.Open(encoded, augment);
        return Resize(rows);
    }

    /// <summary>The same of a decoded picture.</summary>
    public Raster Resize(Raster image)
    {
        using RasterRows rows = new(image);
        return Resize(rows);
    }

    private Raster Resize(PictureRows image) => PillowResize.RowsFirst(image, 3, ResizeTarget.Cropped(image, shorter, size, free => free / 2));
}
