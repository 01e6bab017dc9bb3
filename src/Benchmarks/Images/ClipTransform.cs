using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// METER's transform (<c>M/transforms/transform.py:78-98</c>, method §3.3): resized with its alpha so that the shorter side is
/// <paramref name="size"/>, centre crop, alpha dropped, CLIP's mean and deviation. Only the crop is computed, however long the resized picture.
/// </summary>
public sealed class ClipTransform(int size)
{
    /// <summary>https://github.com/openai/CLIP</summary>
    public static PixelNormalization Normalization { get; } = new([0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);

    /// <summary>The 8-bit picture, its alpha still there.</summary>
    /// <param name="encoded">The picture's file.</param>
    /// <param name="augment">
    /// What training does to the whole picture first: RandAugment. It sees RGB: an alpha channel is dropped and the published code
    /// then adds an opaque one, which changes nothing.
    /// </param>
    /// <exception cref="DasException">Undecodable.</exception>
    public Raster Apply(ReadOnlyMemory<byte> encoded, Func<Raster, Raster>? augment = null)
    {
        using PictureRows rows = RasterRows.Open(encoded, augment);
        return Resize(rows, augment is null ? 4 : 3);
    }

    /// <summary>The same of a decoded picture.</summary>
    public Raster Resize(Raster image)
    {
        using RasterRows rows = new(image);
        return Resize(rows, image.Channels);
    }

    /// <summary>The cut begins half to even, as Python rounds.</summary>
    private Raster Resize(PictureRows image, int channels) => PillowResize.RowsFirst(image, channels,
        ResizeTarget.Cropped(image, size, size, free => (long)Math.Round(free / 2.0, MidpointRounding.ToEven)));
}
