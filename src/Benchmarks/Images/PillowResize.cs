using System.Numerics;
using System.Runtime.InteropServices;

namespace Das.Benchmarks.Images;

/// <summary>
/// Pillow's bicubic resize, bit for bit (method §9.1): the a = -0.5 cubic convolution widened by the scale when shrinking, first along rows and
/// then along columns, weights in 22-bit fixed point, each pass rounded and clamped to 8 bits. Torch's bicubic is another function.
/// </summary>
public static class PillowResize
{
    /// <summary>32 bits less 8 for the pixel and 2 for the overshoot of the negative lobes.</summary>
    private const int Precision = 32 - 8 - 2;

    /// <summary>Half the cubic's width in source pixels, unscaled.</summary>
    private const double Support = 2.0;

    /// <summary>Pillow converts pictures with alpha to premultiplied colour for the resize and back after it.</summary>
    public static Raster Bicubic(Raster source, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (source.Width == width && source.Height == height) return source;
        Raster image = source.Channels == 4 ? Premultiplied.From(source) : source;
        if (image.Width != width) image = Rows(image, Weights.For(image.Width, width), width);
        if (image.Height != height) image = Columns(image, Weights.For(image.Height, height), height);
        return source.Channels == 4 ? Premultiplied.Undo(image) : image;
    }

    private static Raster Rows(Raster source, Weights weights, int width)
    {
        int channels = source.Channels;
        byte[] result = new byte[source.Height * width * channels];
        for (int y = 0; y < source.Height; y++)
        {
            ReadOnlySpan<byte> from = source.Pixels.AsSpan(y * source.Width * channels, source.Width * channels);
            Span<byte> to = result.AsSpan(y * width * channels, width * channels);
            if (channels == 3) Row3(from, to, weights);
            else Row(from, to, weights, channels);
        }
        return new(result, width, source.Height, channels);
    }

    private static void Row3(ReadOnlySpan<byte> from, Span<byte> to, Weights weights)
    {
        for (int x = 0; x < weights.First.Length; x++)
        {
            int r = Half, g = Half, b = Half;
            ReadOnlySpan<int> w = weights.Of(x);
            ReadOnlySpan<byte> pixels = from.Slice(weights.First[x] * 3, w.Length * 3);
            for (int i = 0; i < w.Length; i++)
            {
                r += pixels[3 * i] * w[i];
                g += pixels[3 * i + 1] * w[i];
                b += pixels[3 * i + 2] * w[i];
            }
            to[3 * x] = Clip(r);
            to[3 * x + 1] = Clip(g);
            to[3 * x + 2] = Clip(b);
        }
    }

    private static void Row(ReadOnlySpan<byte> from, Span<byte> to, Weights weights, int channels)
    {
        for (int x = 0; x < weights.First.Length; x++)
        {
            ReadOnlySpan<int> w = weights.Of(x);
            ReadOnlySpan<byte> pixels = from[(weights.First[x] * channels)..];
            for (int c = 0; c < channels; c++)
            {
                int sum = Half;
                for (int i = 0; i < w.Length; i++) sum += pixels[i * channels + c] * w[i];
                to[x * channels + c] = Clip(sum);
            }
        }
    }

    private static Raster Columns(Raster source, Weights weights, int height)
    {
        int stride = source.Width * source.Channels;
        byte[] result = new byte[height * stride];
        int[] sums = new int[stride];
        for (int y = 0; y < height; y++)
        {
            sums.AsSpan().Fill(Half);
            ReadOnlySpan<int> w = weights.Of(y);
            for (int i = 0; i < w.Length; i++) Accumulate(source.Pixels.AsSpan((weights.First[y] + i) * stride, stride), w[i], sums);
            Span<byte> to = result.AsSpan(y * stride, stride);
            for (int x = 0; x < stride; x++) to[x] = Clip(sums[x]);
        }
        return new(result, source.Width, height, source.Channels);
    }

    private static void Accumulate(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        int lanes = Vector<int>.Count, x = 0;
        Vector<int> factor = new(weight);
        Span<Vector<int>> blocks = MemoryMarshal.Cast<int, Vector<int>>(sums);
        for (; x + Vector<byte>.Count <= row.Length; x += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[x..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            int at = x / lanes;
            blocks[at] += Vector.AsVectorInt32(a) * factor;
            blocks[at + 1] += Vector.AsVectorInt32(b) * factor;
            blocks[at + 2] += Vector.AsVectorInt32(c) * factor;
            blocks[at + 3] += Vector.AsVectorInt32(d) * factor;
        }
        for (; x < row.Length; x++) sums[x] += row[x] * weight;
    }

    private const int Half = 1 << (Precision - 1);

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);

    /// <summary>For each output pixel of one axis: the first source pixel it draws on, and the weights from there.</summary>
    private sealed record Weights(int[] First, int[] Length, int[] Values, int Stride)
    {
        public ReadOnlySpan<int> Of(int pixel) => Values.AsSpan(pixel * Stride, Length[pixel]);

        public static Weights For(int from, int to)
        {
            double scale = (double)from / to, widening = Math.Max(scale, 1.0), support = Support * widening;
            int stride = (int)Math.Ceiling(support) * 2 + 1;
            Weights weights = new(new int[to], new int[to], new int[to * stride], stride);
            double[] exact = new double[stride];
            for (int x = 0; x < to; x++)
            {
                double center = (x + 0.5) * scale, inverse = 1.0 / widening, sum = 0;
                int first = Math.Max((int)(center - support + 0.5), 0);
                int length = Math.Min((int)(center + support + 0.5), from) - first;
                for (int i = 0; i < length; i++) sum += exact[i] = Cubic((i + first - center + 0.5) * inverse);
                for (int i = 0; i < length; i++)
                {
                    double value = sum != 0 ? exact[i] * (1.0 / sum) : exact[i];
                    weights.Values[x * stride + i] = (int)(value * (1 << Precision) + (value < 0 ? -0.5 : 0.5));
                }
                (weights.First[x], weights.Length[x]) = (first, length);
            }
            return weights;
        }

        private static double Cubic(double x)
        {
            const double a = -0.5;
            x = Math.Abs(x);
            return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
        }
    }
}
