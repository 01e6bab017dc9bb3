namespace Das.Benchmarks.Images.Augmentation;

/// <summary>
/// Pillow's affine transform with the nearest pixel and black outside, bit for bit: coordinates step in 16.16 fixed point (64-bit here, so that
/// pictures beyond 32,768 pixels are not a second case).
/// </summary>
public static class Affine
{
    /// <summary>The result's pixel (x, y) is the source's pixel (<c>a x + b y + c</c>, <c>d x + e y + f</c>), measured at pixel centres.</summary>
    public static Raster Transform(Raster image, double a, double b, double c, double d, double e, double f)
    {
        byte[] pixels = new byte[image.Pixels.Length];
        int channels = image.Channels;
        long rowX = Fixed(c + a * 0.5 + b * 0.5), rowY = Fixed(f + d * 0.5 + e * 0.5);
        (long stepX, long stepY, long nextX, long nextY) = (Fixed(a), Fixed(d), Fixed(b), Fixed(e));
        for (int y = 0, to = 0; y < image.Height; y++, rowX += nextX, rowY += nextY)
        {
            (long atX, long atY) = (rowX, rowY);
            for (int x = 0; x < image.Width; x++, to += channels, atX += stepX, atY += stepY)
            {
                (long fromX, long fromY) = (atX >> 16, atY >> 16);
                if (fromX >= 0 && fromX < image.Width && fromY >= 0 && fromY < image.Height)
                    image.Pixels.AsSpan((int)(fromY * image.Width + fromX) * channels, channels).CopyTo(pixels.AsSpan(to));
            }
        }
        return image with { Pixels = pixels };
    }

    public static Raster ShearX(Raster image, double by) => Transform(image, 1, by, 0, 0, 1, 0);

    public static Raster ShearY(Raster image, double by) => Transform(image, 1, 0, 0, by, 1, 0);

    /// <summary>To the left by so many pixels.</summary>
    public static Raster TranslateX(Raster image, double by) => Transform(image, 1, 0, by, 0, 1, 0);

    /// <summary>Upwards by so many pixels.</summary>
    public static Raster TranslateY(Raster image, double by) => Transform(image, 1, 0, 0, 0, 1, by);

    /// <summary>Counter-clockwise around the centre; the size stays.</summary>
    public static Raster Rotate(Raster image, double degrees)
    {
        double angle = -(degrees % 360) * Math.PI / 180, x = image.Width / 2.0, y = image.Height / 2.0;
        double cos = Math.Round(Math.Cos(angle), 15), sin = Math.Round(Math.Sin(angle), 15);
        return Transform(image, cos, sin, -cos * x - sin * y + x, -sin, cos, sin * x - cos * y + y);
    }

    private static long Fixed(double value) => (long)Math.Floor(value * 65536.0 + 0.5);
}
