namespace Das.Benchmarks.Images.Augmentation;

/// <summary>
/// Pillow's SMOOTH filter: a pixel five times and its eight neighbours once, by 13, rounded; pixels of the border stay. The weighted sums are
/// whole numbers and 13 is odd, so no sum lies on a rounding border and integers give what Pillow's single precision gives.
/// </summary>
public static class Smoothing
{
    private const int Centre = 5, Divisor = 13;

    public static Raster Of(Raster image)
    {
        byte[] pixels = [.. image.Pixels];
        int step = image.Channels, stride = image.Width * step;
        for (int y = 1; y < image.Height - 1; y++)
            for (int at = y * stride + step; at < (y + 1) * stride - step; at++)
            {
                int sum = (Centre - 1) * image.Pixels[at];
                for (int row = at - stride; row <= at + stride; row += stride) sum += image.Pixels[row - step] + image.Pixels[row] + image.Pixels[row + step];
                pixels[at] = (byte)((2 * sum + Divisor) / (2 * Divisor));
            }
        return image with { Pixels = pixels };
    }
}
