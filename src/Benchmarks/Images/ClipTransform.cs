namespace Das.Benchmarks.Images;

/// <summary>
/// METER's transform (<c>M/transforms/transform.py:78-98</c>, method §3.3): resized with its alpha so that the shorter side is
/// <paramref name="size"/>, centre crop, alpha dropped, CLIP's mean and deviation.
/// </summary>
public sealed class ClipTransform(int size)
{
    /// <summary>https://github.com/openai/CLIP</summary>
    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f], Deviation = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <param name="encoded">The picture's file.</param>
    /// <param name="augment">
    /// What training does to the whole picture first: RandAugment. It sees RGB: an alpha channel is dropped and the published code
    /// then adds an opaque one, which changes nothing.
    /// </param>
    /// <exception cref="DasException">Undecodable.</exception>
    public PixelImage Apply(ReadOnlySpan<byte> encoded, Func<Raster, Raster>? augment = null) =>
        Normalize(Resize(augment is null ? ImageDecoder.DecodeRgba(encoded) : augment(ImageDecoder.DecodeRgb(encoded))));

    /// <summary>The 8-bit picture before it is normalised, its alpha still there.</summary>
    public Raster Resize(Raster image)
    {
        (int width, int height) = image.Width <= image.Height
            ? (size, (int)((long)size * image.Height / image.Width))
            : ((int)((long)size * image.Width / image.Height), size);
        if ((long)width * height > ImageDecoder.MostPixels)
            throw new DasException(ErrorKind.Data, $"A {image.Width} x {image.Height} image would become {width} x {height} pixels.");
        return Crop(PillowResize.Bicubic(image, width, height));
    }

    public static PixelImage Normalize(Raster image) => PixelImage.Normalize(image, Mean, Deviation);

    private Raster Crop(Raster image)
    {
        int left = Offset(image.Width), top = Offset(image.Height), stride = size * image.Channels;
        byte[] pixels = new byte[size * stride];
        for (int y = 0; y < size; y++)
            image.Pixels.AsSpan(((top + y) * image.Width + left) * image.Channels, stride).CopyTo(pixels.AsSpan(y * stride));
        return new(pixels, size, size, image.Channels);
    }

    /// <summary>Half to even, as Python rounds.</summary>
    private int Offset(int side) => (int)Math.Round((side - size) / 2.0, MidpointRounding.ToEven);
}
