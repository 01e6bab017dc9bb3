namespace Das.Benchmarks.Images;

/// <summary>Pillow's RGBa: colour times alpha / 255 in 8 bits, and back.</summary>
internal static class Premultiplied
{
    public static Raster From(Raster image) => Map(image, static (colour, alpha) =>
    {
        int product = colour * alpha + 128; // Rounded division by 255 without dividing.
        return (byte)(((product >> 8) + product) >> 8);
    });

    /// <summary>Truncates; opaque and fully transparent pixels stay as they are.</summary>
    public static Raster Undo(Raster image) => Map(image, static (colour, alpha) => alpha is 0 or 255 ? colour : (byte)Math.Min(255 * colour / alpha, 255));

    private static Raster Map(Raster image, Func<byte, byte, byte> colour)
    {
        byte[] result = new byte[image.Pixels.Length];
        for (int at = 0; at < result.Length; at += 4)
        {
            byte alpha = result[at + 3] = image.Pixels[at + 3];
            for (int c = 0; c < 3; c++) result[at + c] = colour(image.Pixels[at + c], alpha);
        }
        return image with { Pixels = result };
    }
}
