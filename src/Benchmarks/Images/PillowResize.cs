using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Das.Benchmarks.Images.Formats;

namespace Das.Benchmarks.Images;

/// <summary>
/// Pillow's bicubic resize, bit for bit (method §9.1): the a = -0.5 cubic convolution widened by the scale when shrinking, weights in 22-bit fixed
/// point, each pass rounded and clamped to 8 bits; an axis that keeps its size is not filtered. Torch's bicubic is another function.
/// </summary>
public static class PillowResize
{
    /// <summary>32 bits less 8 for the pixel and 2 for the overshoot of the negative lobes.</summary>
    private const int Precision = 32 - 8 - 2;

    /// <summary>Half the cubic's width in source pixels, unscaled.</summary>
    private const double Support = 2.0;

    private const int Half = 1 << (Precision - 1);

    /// <summary>Pixels that may be read behind a row: two are taken at a time.</summary>
    private const int Spare = 1;

    /// <summary>
    /// As Pillow 13 does it: along rows and then columns, but columns first where the height shrinks by more than twice as many pixels as the width. The
    /// transforms of the models use <see cref="RowsFirst(Raster, int, int)"/>, since the Pillow of the published code (8.1, 9.4) knows no other order.
    /// </summary>
    public static Raster Bicubic(Raster source, int width, int height)
    {
        bool columnsFirst = height < source.Height && source.Height - height > 2 * (source.Width - width) && source.Width != width;
        if (!columnsFirst) return RowsFirst(source, width, height);
        using RasterRows rows = new(source);
        Raster narrow = Scale(rows, source.Channels, new(source.Width, height), Premultiplied.From, null);
        using RasterRows narrowed = new(narrow);
        return Scale(narrowed, source.Channels, new(width, height), null, Premultiplied.Undo);
    }

    /// <summary>Along rows and then columns. Pictures with alpha are resized with premultiplied colours.</summary>
    public static Raster RowsFirst(Raster source, int width, int height)
    {
        using RasterRows rows = new(source);
        return RowsFirst(rows, source.Channels, width, height);
    }

    /// <summary>
    /// Along rows and then columns, while the picture is decoded: what it takes is bounded by the width of the source and the size of the result.
    /// </summary>
    /// <param name="source">Read to its end.</param>
    /// <param name="channels">3: RGB. 4: RGB and alpha.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="height">Rows of the result.</param>
    /// <exception cref="DasException">The source is cut or damaged.</exception>
    public static Raster RowsFirst(PictureRows source, int channels, int width, int height) => RowsFirst(source, channels, new(width, height));

    /// <summary>A part of the result of <see cref="RowsFirst(PictureRows, int, int, int)"/>, for which nothing beside it is computed.</summary>
    internal static Raster RowsFirst(PictureRows source, int channels, ResizeTarget target) =>
        Scale(source, channels, target, Premultiplied.From, Premultiplied.Undo);

    private static Raster Scale(PictureRows source, int channels, ResizeTarget target, PixelMap? before, PixelMap? after)
    {
        bool alpha = channels == 4 && (source.Width != target.Width || source.Height != target.Height);
        Weights? columns = source.Width != target.Width ? Weights.For(source.Width, target.Width, target.Left, target.Columns) : null;
        Weights? rows = source.Height != target.Height ? Weights.For(source.Height, target.Height, target.Top, target.Rows) : null;
        int stride = target.Columns * channels;
        byte[] result = new byte[target.Rows * stride], rgba = new byte[4 * (source.Width + Spare)], packed = new byte[4 * target.Columns];
        int[] across = columns is null ? [] : new int[4 * target.Columns];
        Span<byte> row4 = rgba.AsSpan(0, 4 * source.Width), narrow = packed.AsSpan(0, stride);
        Queue<int[]> open = [];
        Stack<int[]> spare = [];
        int opened = 0, done = 0;
        for (int y = 0; y < source.Height; y++)
        {
            source.Read(row4);
            if (done == target.Rows || y < (rows is null ? target.Top : rows.First[0])) continue;
            if (alpha) before?.Invoke(row4);
            if (columns is null) row4.Slice((int)target.Left * 4, packed.Length).CopyTo(packed);
            else
            {
                Across(rgba, across, columns);
                Round(across, packed);
            }
            if (channels == 3) ImageDecoder.DropAlpha(packed, narrow);
            if (rows is null)
            {
                narrow.CopyTo(result.AsSpan(done++ * stride));
                continue;
            }
            for (; opened < target.Rows && rows.First[opened] <= y; opened++)
            {
                int[] sums = spare.TryPop(out int[]? used) ? used : new int[stride];
                sums.AsSpan().Fill(Half);
                open.Enqueue(sums);
            }
            int row = done;
            foreach (int[] sums in open) Accumulate(narrow, rows.Of(row)[y - rows.First[row++]], sums);
            for (; done < opened && rows.First[done] + rows.Length[done] == y + 1; done++)
            {
                int[] sums = open.Dequeue();
                Round(sums, result.AsSpan(done * stride, stride));
                spare.Push(sums);
            }
        }
        if (alpha) after?.Invoke(result);
        return new(result, target.Columns, target.Rows, channels);
    }

    private delegate void PixelMap(Span<byte> rgba);

    /// <summary>One row, filtered along its length.</summary>
    /// <param name="from">4 bytes a pixel, and those of <see cref="Spare"/> more pixels, whatever they hold.</param>
    /// <param name="sums">Takes 4 values a wanted pixel.</param>
    /// <param name="weights">Of the row's pixels.</param>
    private static void Across(ReadOnlySpan<byte> from, Span<int> sums, Weights weights)
    {
        Vector256<int> twoPixels = Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1);
        ref byte pixels = ref MemoryMarshal.GetReference(from);
        ref int values = ref MemoryMarshal.GetArrayDataReference(weights.Values);
        Span<Vector128<int>> to = MemoryMarshal.Cast<int, Vector128<int>>(sums);
        for (int x = 0; x < weights.First.Length; x++)
        {
            ref byte pixel = ref Unsafe.Add(ref pixels, 4 * weights.First[x]);
            ref int weight = ref Unsafe.Add(ref values, x * weights.Stride);
            Vector256<int> sum = Vector256<int>.Zero;
            for (int i = 0; i < weights.Length[x]; i += 2)
            {
                Vector256<byte> two = Vector256.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref pixel, 4 * i))).AsByte();
                ulong both = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<int, byte>(ref Unsafe.Add(ref weight, i)));
                Vector256<int> factors = Vector256.CreateScalarUnsafe(both).AsInt32();
                sum += Vector256.WidenLower(Vector256.WidenLower(two)).AsInt32() * Vector256.Shuffle(factors, twoPixels);
            }
            to[x] = sum.GetLower() + sum.GetUpper() + Vector128.Create(Half);
        }
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

    /// <summary>Sums to 8 bits.</summary>
    private static void Round(ReadOnlySpan<int> sums, Span<byte> to)
    {
        int x = 0;
        for (; x + Vector128<byte>.Count <= to.Length; x += Vector128<byte>.Count)
        {
            Vector256<int> low = Clamped(sums[x..]), high = Clamped(sums[(x + Vector256<int>.Count)..]);
            Vector256<short> both = Vector256.Narrow(low, high);
            Vector128.Narrow(both.GetLower().AsUInt16(), both.GetUpper().AsUInt16()).CopyTo(to[x..]);
        }
        for (; x < to.Length; x++) to[x] = (byte)Math.Clamp(sums[x] >> Precision, 0, byte.MaxValue);

        static Vector256<int> Clamped(ReadOnlySpan<int> sums) =>
            Vector256.Min(Vector256.Max(Vector256.Create(sums) >> Precision, Vector256<int>.Zero), Vector256.Create((int)byte.MaxValue));
    }

    /// <summary>For each wanted pixel of one axis: the first source pixel it draws on, and the weights from there.</summary>
    private sealed record Weights(int[] First, int[] Length, int[] Values, int Stride)
    {
        public ReadOnlySpan<int> Of(int pixel) => Values.AsSpan(pixel * Stride, Length[pixel]);

        public static Weights For(int from, long to, long start, int count)
        {
            double scale = (double)from / to, widening = Math.Max(scale, 1.0), support = Support * widening;
            int stride = (Math.Min((int)Math.Ceiling(support) * 2 + 1, from) + 1) & ~1; // Even: two weights are read at a time.
            Weights weights = new(new int[count], new int[count], new int[count * stride], stride);
            double[] exact = new double[stride];
            for (int x = 0; x < count; x++)
            {
                double center = (start + x + 0.5) * scale, inverse = 1.0 / widening, sum = 0;
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

/// <summary>The size of a resized picture, and the part of it that is wanted.</summary>
/// <param name="Width">Columns of the whole.</param>
/// <param name="Height">Rows of the whole.</param>
/// <param name="Left">First column wanted.</param>
/// <param name="Top">First row wanted.</param>
/// <param name="Columns">Columns wanted.</param>
/// <param name="Rows">Rows wanted.</param>
internal sealed record ResizeTarget(long Width, long Height, long Left, long Top, int Columns, int Rows)
{
    /// <summary>All of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive.</exception>
    public ResizeTarget(int width, int height) : this(Positive(width), Positive(height), 0, 0, width, height)
    {
    }

    /// <summary>A square out of the middle of the picture, resized so that its shorter side is <paramref name="shorter"/>.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="shorter">Pixels of its shorter side, of which the longer one follows, rounded down.</param>
    /// <param name="size">Side of the square.</param>
    /// <param name="half">Where the square begins, of the pixels that are left beside it.</param>
    public static ResizeTarget Cropped(PictureRows image, int shorter, int size, Func<long, long> half)
    {
        (long width, long height) = image.Width <= image.Height
            ? ((long)shorter, (long)shorter * image.Height / image.Width)
            : ((long)shorter * image.Width / image.Height, (long)shorter);
        return new(width, height, half(width - size), half(height - size), size, size);
    }

    private static int Positive(int side)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side);
        return side;
    }
}
