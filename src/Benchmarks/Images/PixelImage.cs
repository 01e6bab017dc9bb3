namespace Das.Benchmarks.Images;

/// <summary>A picture as a network reads it: normalised channels one after the other.</summary>
/// <param name="Chw"><c>3 * Height * Width</c> values.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public sealed record PixelImage(float[] Chw, int Height, int Width)
{
    /// <summary><c>(x / 255 - mean) / deviation</c> per channel, in single precision; a fourth channel is dropped.</summary>
    public static PixelImage Normalize(Raster image, ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation)
    {
        int area = image.Width * image.Height, channels = image.Channels;
        float[] chw = new float[3 * area];
        Span<float> table = stackalloc float[256];
        for (int c = 0; c < 3; c++)
        {
            for (int v = 0; v < 256; v++) table[v] = (v / 255f - mean[c]) / deviation[c];
            Span<float> plane = chw.AsSpan(c * area, area);
            for (int i = 0, at = c; i < area; i++, at += channels) plane[i] = table[image.Pixels[at]];
        }
        return new(chw, image.Height, image.Width);
    }
}

/// <summary>Pictures of one batch, zeros to the right and below up to the largest: <c>Count x 3 x Height x Width</c>.</summary>
public sealed record PixelBatch(float[] Data, int Count, int Height, int Width);
