using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// LaVIN's transform (<c>L/util/multimodal_datasets.py:51</c>, method §4.3): stretched to a square, whatever its shape, Pillow's bicubic, and
/// ImageNet's mean and deviation, although its tower is CLIP's.
/// </summary>
public sealed class StretchTransform(int size = 224)
{
    /// <summary>https://pytorch.org/vision/stable/models.html</summary>
    public static PixelNormalization Normalization { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>The 8-bit picture.</summary>
    /// <param name="encoded">The picture's file.</param>
    /// <exception cref="DasException">Undecodable.</exception>
    public Raster Apply(ReadOnlyMemory<byte> encoded)
    {
        using PictureRows rows = ImageDecoder.Open(encoded);
        return PillowResize.RowsFirst(rows, 3, size, size);
    }

    /// <summary>The same of a decoded picture.</summary>
    public Raster Resize(Raster image) => PillowResize.RowsFirst(image, size, size);
}
