using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        int plane = height * width, stride = image.Width * image.Channels;
        for (int y = 0; y < height; y++)
        {
            Span<float> r = planes.Slice(y * width, width), g = planes.Slice(plane + y * width, width), b = planes.Slice(2 * plane + y * width, width);
            int filled = y < image.Height ? image.Width : 0;
            if (filled > 0) Row(image.Pixels.AsSpan(y * stride, stride), image.Channels, r[..filled], g[..filled], b[..filled]);
            r[filled..].Clear();
            g[filled..].Clear();
            b[filled..].Clear();
        }
    }

    /// <summary>One row. Nothing is checked element by element: it takes as long as everything else that is done to a pixel.</summary>
    private void Row(ReadOnlySpan<byte> from, int channels, Span<float> red, Span<float> green, Span<float> blue)
    {
        ref byte pixel = ref MemoryMarshal.GetReference(from);
        ref float table = ref MemoryMarshal.GetArrayDataReference(values);
        ref float r = ref MemoryMarshal.GetReference(red), g = ref MemoryMarshal.GetReference(green), b = ref MemoryMarshal.GetReference(blue);
        for (nint x = 0; x < red.Length; x++, pixel = ref Unsafe.Add(ref pixel, channels))
        {
            Unsafe.Add(ref r, x) = Unsafe.Add(ref table, (nint)pixel);
            Unsafe.Add(ref g, x) = Unsafe.Add(ref table, Levels + (nint)Unsafe.Add(ref pixel, 1));
            Unsafe.Add(ref b, x) = Unsafe.Add(ref table, (2 * Levels) + (nint)Unsafe.Add(ref pixel, 2));
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
