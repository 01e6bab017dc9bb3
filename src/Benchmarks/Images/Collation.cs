namespace Das.Benchmarks.Images;

/// <summary>Samples of different sizes made one batch (<c>V/datasets/base_dataset.py:162-234</c>).</summary>
public static class Collation
{
    /// <summary>The extent that holds every picture of a batch, over all its image fields; 0 where there is none.</summary>
    public static (int Height, int Width) Extent(IEnumerable<Raster?> images) =>
        images.OfType<Raster>().Aggregate((Height: 0, Width: 0),
            (largest, image) => (Math.Max(largest.Height, image.Height), Math.Max(largest.Width, image.Width)));

    /// <summary>Rows of ids (or of their mask) to one width, row after row; the padding is 0 for every tokenizer, RoBERTa's included.</summary>
    public static long[] Pad(IReadOnlyList<long[]> rows, int width)
    {
        long[] data = new long[rows.Count * width];
        for (int n = 0; n < rows.Count; n++) rows[n].CopyTo(data.AsSpan(n * width, width));
        return data;
    }
}
