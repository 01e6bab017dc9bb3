using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// LaVIN's transform (<c>L/util/multimodal_datasets.py:51</c>, method §4.3): stretched to a square, whatever its shape, Pillow's bicubic, and
/// ImageNet's mean and deviation, although its tower is CLIP's.
/// </summary>
public sealed class StretchTransform(int size = 224)
{
    /// <summary>https://pytorch.org/vision/stable/models.html</summary>
    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f], Deviation = [0.229f, 0.224f, 0.225f];

    /// <param name="encoded">The picture's file.</param>
    /// <exception cref="DasException">Undecodable.</exception>
    public PixelImage Apply(ReadOnlyMemory<byte> encoded)
    {
        using PictureRows rows = ImageDecoder.Open(encoded);
        return Normalize(PillowResize.RowsFirst(rows, 3, size, size));
    }

    /// <summary>The 8-bit picture before it is normalised.</summary>
    public Raster Resize(Raster image) => PillowResize.RowsFirst(image, size, size);

    public static PixelImage Normalize(Raster image) => PixelImage.Normalize(image, Mean, Deviation);
}
