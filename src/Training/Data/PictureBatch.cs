using System.Runtime.InteropServices;

namespace Das.Training.Data;

/// <summary>Pictures of a model's size, made ready side by side and written into the memory of one tensor.</summary>
public static class PictureBatch
{
    /// <param name="pictures">B pictures; a place may have none.</param>
    /// <param name="normalization">The model's.</param>
    /// <param name="extent">Of every picture, at least that of the largest, which it is by default.</param>
    /// <param name="threads">At most; by default as many as there are processors. What comes out does not depend on it.</param>
    /// <returns>(B, 3, H, W) float32 in the processor's memory, zeros where there is no picture.</returns>
    /// <exception cref="DasException">That of the first picture that cannot be made ready.</exception>
    public static Tensor Of(IReadOnlyList<Lazy<Raster>?> pictures, PixelNormalization normalization, (int Height, int Width)? extent = null, int threads = -1)
    {
        Raster?[] made = Made(pictures, threads);
        (int height, int width) = extent ?? Collation.Extent(made);
        Tensor batch = empty(made.Length, 3, height, width);
        int values = 3 * height * width;
        if (values > 0)
            Parallel.For(0, made.Length, new() { MaxDegreeOfParallelism = threads }, i =>
            {
                Span<float> planes = MemoryMarshal.Cast<byte, float>(batch.bytes).Slice(i * values, values);
                if (made[i] is { } picture) normalization.Write(picture, planes, height, width);
                else planes.Clear();
            });
        return batch;
    }

    /// <summary>One picture as a batch.</summary>
    /// <returns>(1, 3, H, W).</returns>
    public static Tensor Of(Raster picture, PixelNormalization normalization) => Of([new Lazy<Raster>(picture)], normalization);

    /// <summary>The pictures themselves, each made ready once however often it occurs.</summary>
    /// <exception cref="DasException">That of the first one that cannot be.</exception>
    public static Raster?[] Made(IReadOnlyList<Lazy<Raster>?> pictures, int threads = -1)
    {
        Parallel.ForEach(pictures.OfType<Lazy<Raster>>().Distinct(), new() { MaxDegreeOfParallelism = threads }, picture =>
        {
            try
            {
                _ = picture.Value;
            }
            catch (DasException)
            {
                // Thrown again below, where the first of several comes first.
            }
        });
        return [.. pictures.Select(picture => picture?.Value)];
    }
}
