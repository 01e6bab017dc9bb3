namespace Das.Benchmarks.Images;

/// <summary>Samples of different sizes made one batch (<c>V/datasets/base_dataset.py:162-234</c>).</summary>
public static class Collation
{
    /// <summary>The extent that holds every picture of a batch, over all its image fields; 0 where there is none.</summary>
    public static (int Height, int Width) Extent(IEnumerable<PixelImage?> images) =>
        images.OfType<PixelImage>().Aggregate((Height: 0, Width: 0),
            (largest, image) => (Math.Max(largest.Height, image.Height), Math.Max(largest.Width, image.Width)));

    /// <summary>Zeros to the right and below, up to <paramref name="extent"/> or else to the largest of <paramref name="images"/>, and for a missing
    /// one.</summary>
    public static PixelBatch Pad(IReadOnlyList<PixelImage?> images, (int Height, int Width)? extent = null)
    {
        (int height, int width) = extent ?? Extent(images);
        int plane = height * width;
        float[] data = new float[images.Count * 3 * plane];
        for (int n = 0; n < images.Count; n++)
        {
            if (images[n] is not { } image) continue;
            if (image.Height > height || image.Width > width)
                throw new ArgumentException($"Image {n} is {image.Width} x {image.Height}; the batch is {width} x {height}.", nameof(extent));
            for (int c = 0; c < 3; c++)
                for (int y = 0; y < image.Height; y++)
                    image.Chw.AsSpan((c * image.Height + y) * image.Width, image.Width).CopyTo(data.AsSpan((n * 3 + c) * plane + y * width));
        }
        return new(data, images.Count, height, width);
    }

    /// <summary>Rows of ids (or of their mask) to one width, row after row; the padding is 0 for every tokenizer, RoBERTa's included.</summary>
    public static long[] Pad(IReadOnlyList<long[]> rows, int width)
    {
        long[] data = new long[rows.Count * width];
        for (int n = 0; n < rows.Count; n++) rows[n].CopyTo(data.AsSpan(n * width, width));
        return data;
    }
}
