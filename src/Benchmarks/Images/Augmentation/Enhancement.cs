namespace Das.Benchmarks.Images.Augmentation;

/// <summary>
/// Pillow's <c>ImageEnhance</c>, bit for bit: a picture blended with one that lacks the quality in question (method §9.2). A factor below 1 takes
/// from it, 1 leaves the picture as it is, above 1 exaggerates. Pictures are RGB.
/// </summary>
public static class Enhancement
{
    /// <summary>Against its own greys.</summary>
    public static Raster Color(Raster image, float factor) => Blend(Spread(image, Greys(image)), image, factor);

    /// <summary>Against the mean of its greys, rounded.</summary>
    public static Raster Contrast(Raster image, float factor)
    {
        byte[] greys = Greys(image);
        byte mean = greys.Length == 0 ? (byte)0 : (byte)(greys.Sum(g => (long)g) / (double)greys.Length + 0.5);
        greys.AsSpan().Fill(mean);
        return Blend(Spread(image, greys), image, factor);
    }

    /// <summary>Against black.</summary>
    public static Raster Brightness(Raster image, float factor) => Blend(image with { Pixels = new byte[image.Pixels.Length] }, image, factor);

    /// <summary>Against its smoothed self.</summary>
    public static Raster Sharpness(Raster image, float factor) => Blend(Smoothing.Of(image), image, factor);

    /// <summary>One value a pixel: ITU-R 601-2 luma in 16-bit fixed point, rounded.</summary>
    public static byte[] Greys(Raster image)
    {
        byte[] greys = new byte[image.Width * image.Height];
        for (int i = 0, at = 0; i < greys.Length; i++, at += image.Channels)
            greys[i] = (byte)((image.Pixels[at] * 19595 + image.Pixels[at + 1] * 38470 + image.Pixels[at + 2] * 7471 + 0x8000) >> 16);
        return greys;
    }

    /// <summary>
    /// <c>from + factor * (to - from)</c> in single precision, truncated; cut to 0..255 where the factor leads beyond the two pictures.
    /// </summary>
    public static Raster Blend(Raster from, Raster to, float factor)
    {
        if (factor == 0) return from;
        if (factor == 1) return to;
        byte[] pixels = new byte[to.Pixels.Length];
        for (int at = 0; at < pixels.Length; at++)
            pixels[at] = (byte)Math.Clamp(from.Pixels[at] + factor * (to.Pixels[at] - from.Pixels[at]), 0f, 255f);
        return to with { Pixels = pixels };
    }

    private static Raster Spread(Raster image, byte[] greys)
    {
        byte[] pixels = new byte[image.Pixels.Length];
        for (int at = 0; at < pixels.Length; at++) pixels[at] = greys[at / image.Channels];
        return image with { Pixels = pixels };
    }
}
