namespace Das.Benchmarks.Images.Formats;

/// <summary>What a picture may claim before anything of it is decoded.</summary>
public static class PictureLimits
{
    /// <summary>Pillow refuses more, too: twice its <c>Image.MAX_IMAGE_PIXELS</c>.</summary>
    public const long MostPixels = 178_956_970;

    /// <summary>Pixels of a picture that has to be in memory as a whole, at 4 bytes a pixel.</summary>
    public const long MostWholePixels = 1L << 26;

    /// <summary>Columns or rows; a decoder's row takes 4 bytes a column.</summary>
    public const int MostSide = 1 << 20;

    /// <exception cref="DasException">The size is 0 or too large.</exception>
    public static void Check(long width, long height)
    {
        if (width <= 0 || height <= 0) throw new DasException(ErrorKind.Data, $"The image claims {width} x {height} pixels.");
        if (width > MostPixels / height)
            throw new DasException(ErrorKind.Data, $"The image claims {width} x {height} pixels; more than {MostPixels} are refused.");
        if (Math.Max(width, height) > MostSide)
            throw new DasException(ErrorKind.Data, $"The image claims {width} x {height} pixels; more than {MostSide} in a row or column are refused.");
    }

    /// <exception cref="DasException">It is too large to be in memory as a whole.</exception>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="why">What asks for that: "a progressive JPEG".</param>
    public static void CheckWhole(long width, long height, string why)
    {
        if (width * height > MostWholePixels)
            throw new DasException(ErrorKind.Data, $"The image claims {width} x {height} pixels; {why} is held in memory as a whole, for which more than "
                + $"{MostWholePixels} pixels are refused. Save it smaller, or as a PNG or a baseline JPEG.");
    }
}
