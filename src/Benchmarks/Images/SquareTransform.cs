namespace Das.Benchmarks.Images;

/// <summary>
/// LLaVA's transform (<c>G/mm_utils.py:152-182</c>, method §5.3): centred on a square of CLIP's mean colour, resized with Pillow's bicubic, CLIP's
/// mean and deviation. The published centre crop cuts nothing off a square.
/// </summary>
public sealed class SquareTransform(int size = 336)
{
    /// <summary>255 times CLIP's mean, cut to whole numbers.</summary>
    private static readonly byte[] Border = [122, 116, 104];

    /// <param name="encoded">The picture's file.</param>
    /// <exception cref="DasException">Undecodable, or so long that its square would be too large.</exception>
    public PixelImage Apply(ReadOnlySpan<byte> encoded) => Normalize(Resize(Square(ImageDecoder.DecodeRgb(encoded))));

    /// <summary>The picture in the middle of a square as wide as its longer side; the border's odd row or column lies behind it.</summary>
    public static Raster Square(Raster image)
    {
        int side = Math.Max(image.Width, image.Height), left = (side - image.Width) / 2, top = (side - image.Height) / 2;
        if (image.Width == image.Height) return image;
        if ((long)side * side > ImageDecoder.MostPixels)
            throw new DasException(ErrorKind.Data, $"A {image.Width} x {image.Height} image would become a square of {side} x {side} pixels.");
        byte[] pixels = new byte[side * side * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = Border[i % 3];
        int stride = image.Width * 3;
        for (int y = 0; y < image.Height; y++) image.Pixels.AsSpan(y * stride, stride).CopyTo(pixels.AsSpan(((top + y) * side + left) * 3));
        return new(pixels, side, side, 3);
    }

    /// <summary>The 8-bit picture before it is normalised.</summary>
    public Raster Resize(Raster square) => PillowResize.Bicubic(square, size, size);

    public static PixelImage Normalize(Raster image) => ClipTransform.Normalize(image);
}
