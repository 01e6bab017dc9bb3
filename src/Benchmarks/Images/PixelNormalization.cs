namespace Das.Benchmarks.Images;

/// <summary><c>(x / 255 - mean) / deviation</c> of each colour, in single precision.</summary>
public sealed class PixelNormalization
{
    private const int Levels = 256;

    /// <summary>What becomes of each level: red's, green's, blue's.</summary>
    private readonly float[] values = new float[3 * Levels];

    /// <param name="mean">Of red, green and blue in [0, 1].</param>
    /// <param name="deviation">Of red, green and blue in [0, 1].</param>
    public PixelNormalization(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation)
    {
        for (int i = 0; i < values.Length; i++) values[i] = (i % Levels / 255f - mean[i / Levels]) / deviation[i / Levels];
    }

    /// <summary>One picture of a batch: its colours one after the other, zeros to the right and below; a fourth channel is dropped.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="planes">Takes 3 * height * width values.</param>
    /// <param name="height">Rows of every picture of the batch.</param>
    /// <param name="width">Columns of every picture of the batch.</param>
    /// <exception cref="ArgumentException">The picture is larger.</exception>
    public void Write(Raster image, Span<float> planes, int height, int width)
    {
        if (image.Height > height || image.Width > width)
            throw new ArgumentException($"A picture of {image.Width} x {image.Height} pixels does not fit into {width} x {height}.", nameof(image));
        ReadOnlySpan<float> red = values.AsSpan(0, Levels), green = values.AsSpan(Levels, Levels), blue = values.AsSpan(2 * Levels, Levels);
        int plane = height * width, stride = image.Width * image.Channels;
        for (int y = 0; y < height; y++)
        {
            Span<float> r = planes.Slice(y * width, width), g = planes.Slice(plane + y * width, width), b = planes.Slice(2 * plane + y * width, width);
            int filled = y < image.Height ? image.Width : 0;
            ReadOnlySpan<byte> row = filled == 0 ? [] : image.Pixels.AsSpan(y * stride, stride);
            for (int x = 0, at = 0; x < filled; x++, at += image.Channels) (r[x], g[x], b[x]) = (red[row[at]], green[row[at + 1]], blue[row[at + 2]]);
            r[filled..].Clear();
            g[filled..].Clear();
            b[filled..].Clear();
        }
    }

    /// <summary>One picture by itself: 3 * Height * Width values.</summary>
    public float[] Of(Raster image)
    {
        float[] planes = new float[3 * image.Height * image.Width];
        Write(image, planes, image.Height, image.Width);
        return planes;
    }
}
