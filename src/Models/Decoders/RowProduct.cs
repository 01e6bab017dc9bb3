using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Das.Models.Decoders;

/// <summary>
/// A matrix times one vector on the CPU, without gradients, at the speed at which the matrix is read: what decoding one sequence consists of. libtorch's
/// product reads float32 at 70 to 90 % of it (bench/RESULTS.md), and brings a matrix of another type to float32 for each product. A row's sum is the same
/// whatever rows are computed beside it.
/// </summary>
public static class RowProduct
{
    /// <summary>Bytes of the matrix that are seen at a time: a span reaches no further than 2 GiB.</summary>
    private const long Reach = 1L << 30;

    /// <summary>
    /// Rows that are read side by side, each from another quarter of the matrix: one processor fetches several streams faster than one, and faster still
    /// where it is told so many bytes before.
    /// </summary>
    private const int Streams = 4, BytesAhead = 2048;

    private const int Lanes = 8, LineBytes = 64;

    /// <summary>
    /// Whether it is computed here. Float32 only on one thread: libtorch's threads read it as fast, and those that wait for its next operation keep others
    /// from the processors.
    /// </summary>
    /// <param name="x">(…, columns).</param>
    /// <param name="matrix">(rows, columns).</param>
    public static bool Takes(Tensor x, Tensor matrix) => x.numel() == matrix.shape[1] && x.dtype == ScalarType.Float32 && !is_grad_enabled()
        && matrix.device_type == DeviceType.CPU
        && (matrix.dtype is ScalarType.BFloat16 or ScalarType.Int8 || (matrix.dtype == ScalarType.Float32 && get_num_threads() == 1))
        && x.is_contiguous() && matrix.is_contiguous();

    /// <param name="x">(…, columns), one vector in float32.</param>
    /// <param name="matrix">(rows, columns) of float32, bfloat16 or int8.</param>
    /// <returns>(…, rows) in float32.</returns>
    public static Tensor Of(Tensor x, Tensor matrix)
    {
        long rows = matrix.shape[0];
        Tensor result = empty([.. x.shape[..^1], rows]);
        switch (matrix.dtype)
        {
            case ScalarType.Float32: Multiply<float, Whole>(x, matrix, result); break;
            case ScalarType.BFloat16: Multiply<ushort, UpperHalf>(x, matrix, result); break;
            default: Multiply<sbyte, Small>(x, matrix, result); break;
        }
        return result;
    }

    private static void Multiply<TStored, TForm>(Tensor x, Tensor matrix, Tensor result) where TStored : unmanaged where TForm : IForm<TStored>
    {
        long rows = matrix.shape[0], together = Math.Max(1, Reach / (matrix.shape[1] * Unsafe.SizeOf<TStored>()));
        for (long first = 0; first < rows; first += together)
        {
            using Tensor part = matrix.narrow(0, first, Math.Min(together, rows - first));
            int from = (int)first, count = (int)part.shape[0], threads = get_num_threads(), share = (count + threads - 1) / threads;
            if (threads == 1) Rows(0, count);
            else Parallel.For(0, threads, new() { MaxDegreeOfParallelism = threads }, thread => Rows(thread * share, Math.Min(count, (thread + 1) * share)));

            void Rows(int start, int end)
            {
                if (start >= end) return;
                ReadOnlySpan<float> vector = MemoryMarshal.Cast<byte, float>(x.bytes);
                Rows<TStored, TForm>(MemoryMarshal.Cast<byte, TStored>(part.bytes)[(start * vector.Length)..], vector,
                    MemoryMarshal.Cast<byte, float>(result.bytes)[(from + start)..(from + end)]);
            }
        }
    }

    private static void Rows<TStored, TForm>(ReadOnlySpan<TStored> weights, ReadOnlySpan<float> vector, Span<float> products)
        where TStored : unmanaged where TForm : IForm<TStored>
    {
        int columns = vector.Length, quarter = products.Length / Streams;
        for (int row = 0; row < quarter; row++)
        {
            (products[row], products[row + quarter], products[row + (2 * quarter)], products[row + (3 * quarter)]) =
                Dots<TStored, TForm>(ref Unsafe.Add(ref MemoryMarshal.GetReference(weights), row * columns), (nuint)(quarter * columns), vector);
        }
        for (int row = Streams * quarter; row < products.Length; row++)
            products[row] = Dot<TStored, TForm>(ref Unsafe.Add(ref MemoryMarshal.GetReference(weights), row * columns), vector);
    }

    private static (float, float, float, float) Dots<TStored, TForm>(ref TStored row, nuint apart, ReadOnlySpan<float> vector)
        where TStored : unmanaged where TForm : IForm<TStored>
    {
        ref TStored second = ref Unsafe.Add(ref row, apart), third = ref Unsafe.Add(ref second, apart), fourth = ref Unsafe.Add(ref third, apart);
        ref float x = ref MemoryMarshal.GetReference(vector);
        Vector256<float> a = default, b = default, c = default, d = default;
        nuint at = 0, end = (nuint)vector.Length;
        for (; at + Lanes <= end; at += Lanes)
        {
            if (at % (nuint)(LineBytes / Unsafe.SizeOf<TStored>()) == 0)
            {
                Fetch(ref Unsafe.Add(ref row, at));
                Fetch(ref Unsafe.Add(ref second, at));
                Fetch(ref Unsafe.Add(ref third, at));
                Fetch(ref Unsafe.Add(ref fourth, at));
            }
            Vector256<float> values = Vector256.LoadUnsafe(ref x, at);
            a = Vector256.FusedMultiplyAdd(TForm.Load(ref row, at), values, a);
            b = Vector256.FusedMultiplyAdd(TForm.Load(ref second, at), values, b);
            c = Vector256.FusedMultiplyAdd(TForm.Load(ref third, at), values, c);
            d = Vector256.FusedMultiplyAdd(TForm.Load(ref fourth, at), values, d);
        }
        return (Sum<TStored, TForm>(a, ref row, at, vector), Sum<TStored, TForm>(b, ref second, at, vector), Sum<TStored, TForm>(c, ref third, at, vector),
            Sum<TStored, TForm>(d, ref fourth, at, vector));
    }

    private static float Dot<TStored, TForm>(ref TStored row, ReadOnlySpan<float> vector) where TStored : unmanaged where TForm : IForm<TStored>
    {
        ref float x = ref MemoryMarshal.GetReference(vector);
        Vector256<float> sum = default;
        nuint at = 0, end = (nuint)vector.Length;
        for (; at + Lanes <= end; at += Lanes) sum = Vector256.FusedMultiplyAdd(TForm.Load(ref row, at), Vector256.LoadUnsafe(ref x, at), sum);
        return Sum<TStored, TForm>(sum, ref row, at, vector);
    }

    /// <summary>The lanes' sum and what is left of the row.</summary>
    private static float Sum<TStored, TForm>(Vector256<float> lanes, ref TStored row, nuint at, ReadOnlySpan<float> vector)
        where TStored : unmanaged where TForm : IForm<TStored>
    {
        float sum = Vector256.Sum(lanes);
        for (; at < (nuint)vector.Length; at++) sum += TForm.Of(Unsafe.Add(ref row, at)) * vector[(int)at];
        return sum;
    }

    /// <summary>Tells the processor what is read soon; beyond the end of the memory it does nothing.</summary>
    private static unsafe void Fetch<TStored>(ref TStored at)
    {
        if (Sse.IsSupported) Sse.Prefetch0((byte*)Unsafe.AsPointer(ref at) + BytesAhead);
    }

    /// <summary>A type in which matrices are stored.</summary>
    private interface IForm<TStored>
    {
        static abstract float Of(TStored stored);

        static abstract Vector256<float> Load(ref TStored from, nuint at);
    }

    /// <summary>Float32.</summary>
    private readonly struct Whole : IForm<float>
    {
        public static float Of(float stored) => stored;

        public static Vector256<float> Load(ref float from, nuint at) => Vector256.LoadUnsafe(ref from, at);
    }

    /// <summary>Bfloat16: the upper half of a float32.</summary>
    private readonly struct UpperHalf : IForm<ushort>
    {
        public static float Of(ushort stored) => BitConverter.UInt32BitsToSingle((uint)stored << 16);

        public static Vector256<float> Load(ref ushort from, nuint at) =>
            (Vector256.WidenLower(Vector128.LoadUnsafe(ref from, at).ToVector256Unsafe()) << 16).AsSingle();
    }

    /// <summary>Int8.</summary>
    private readonly struct Small : IForm<sbyte>
    {
        public static float Of(sbyte stored) => stored;

        public static Vector256<float> Load(ref sbyte from, nuint at)
        {
            long eight = Unsafe.ReadUnaligned<long>(ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref from, at)));
            return Vector256.ConvertToSingle(Vector256.WidenLower(Vector256.WidenLower(Vector256.CreateScalarUnsafe(eight).AsSByte())));
        }
    }
}
