namespace Das.Benchmarks.Images.Augmentation;

/// <summary>
/// Pillow's operations that map each 8-bit value to another by a table (<c>ImageOps</c>), bit for bit: tables are computed in double precision
/// and truncated. Pictures are RGB.
/// </summary>
public static class Tones
{
    /// <summary>Stretches each channel so that its darkest value becomes 0 and its lightest 255; a channel of one value stays.</summary>
    public static Raster AutoContrast(Raster image) => PerChannel(image, histogram =>
    {
        int low = Array.FindIndex(histogram, n => n > 0), high = Array.FindLastIndex(histogram, n => n > 0);
        if (high <= low) return Table(value => value);
        double scale = 255.0 / (high - low), offset = -low * scale;
        return Table(value => (int)(value * scale + offset));
    });

    /// <summary>Spreads each channel's values so that they occur about equally often; a channel of one value, or of very few pixels, stays.</summary>
    public static Raster Equalize(Raster image) => PerChannel(image, histogram =>
    {
        if (histogram.Count(n => n > 0) <= 1) return Table(value => value);
        int step = (histogram.Sum() - histogram.Last(n => n > 0)) / 255;
        if (step == 0) return Table(value => value);
        int reached = step / 2;
        return Table(value =>
        {
            int level = reached / step;
            reached += histogram[value];
            return level;
        });
    });

    /// <summary>Keeps the highest <paramref name="bits"/> bits of each value.</summary>
    public static Raster Posterize(Raster image, int bits) => Map(image, Table(value => value & ~((1 << (8 - bits)) - 1)));

    /// <summary>Inverts the values from <paramref name="threshold"/> on.</summary>
    public static Raster Solarize(Raster image, double threshold) => Map(image, Table(value => Inverted(value, threshold)));

    /// <summary>Adds first, cuts to 0..255 and truncates, then inverts the values from <paramref name="threshold"/> on.</summary>
    public static Raster SolarizeAdd(Raster image, double addition, int threshold = 128) =>
        Map(image, Table(value => Inverted((int)Math.Clamp(value + addition, 0, 255), threshold)));

    private static int Inverted(int value, double threshold) => value < threshold ? value : 255 - value;

    private static byte[] Table(Func<int, int> value) => [.. Enumerable.Range(0, 256).Select(v => (byte)Math.Clamp(value(v), 0, 255))];

    private static Raster PerChannel(Raster image, Func<int[], byte[]> table)
    {
        byte[][] tables = [.. Enumerable.Range(0, image.Channels).Select(channel =>
        {
            int[] histogram = new int[256];
            for (int at = channel; at < image.Pixels.Length; at += image.Channels) histogram[image.Pixels[at]]++;
            return table(histogram);
        })];
        return Map(image, tables);
    }

    /// <summary>One table a channel, or one for all of them.</summary>
    private static Raster Map(Raster image, params byte[][] tables)
    {
        byte[] pixels = new byte[image.Pixels.Length];
        for (int at = 0; at < pixels.Length; at++) pixels[at] = tables[at % image.Channels % tables.Length][image.Pixels[at]];
        return image with { Pixels = pixels };
    }
}
