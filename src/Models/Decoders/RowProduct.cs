using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Das.Models.Decoders;

/// <summary>
/// A matrix times one vector on the CPU, without gradients, at the speed at which the matrix is read: what decoding one sequence consists of. libtorch's
/// product reads float32 at 70 to 90 % of it (bench/RESULTS.md), and brings a matrix of another type to float32 for each product.
/// </summary>
public static class RowProduct
{
    /// <summary>Bytes of the matrix that are seen at a time: a span reaches no further than 2 GiB.</summary>
    private const long Reach = 1L << 30;

    private const int Lanes = 8, Unrolled = 4;

    /// <summary>Whether it is computed here.</summary>
    /// <param name="x">(…, columns).</param>
    /// <param name="matrix">(rows, columns).</param>
    public static bool Takes(Tensor x, Tensor matrix) => x.numel() == matrix.shape[1] && x.dtype == ScalarType.Float32 && !is_grad_enabled()
        && matrix.device_type == DeviceType.CPU && matrix.dtype is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Int8
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
                ReadOnlySpan<float> vector = MemoryMarshal.Cast<byte, float>(x.bytes);
                ReadOnlySpan<TStored> weights = MemoryMarshal.Cast<byte, TStored>(part.bytes);
                Span<float> products = MemoryMarshal.Cast<byte, float>(result.bytes);
                for (int row = start; row < end; row++)
                    products[from + row] = Dot<TStored, TForm>(weights.Slice(row * vector.Length, vector.Length), vector);
            }
        }
    }

    private static float Dot<TStored, TForm>(ReadOnlySpan<TStored> weights, ReadOnlySpan<float> vector) where TStored : unmanaged where TForm : IForm<TStored>
    {
        ref TStored w = ref MemoryMarshal.GetReference(weights);
        ref float x = ref MemoryMarshal.GetReference(vector);
        (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = default((Vector256<float>, Vector256<float>, Vector256<float>,
            Vector256<float>));
        nuint at = 0, end = (nuint)vector.Length;
        for (; at + (Unrolled * Lanes) <= end; at += Unrolled * Lanes)
        {
            a = Vector256.FusedMultiplyAdd(TForm.Load(ref w, at), Vector256.LoadUnsafe(ref x, at), a);
            b = Vector256.FusedMultiplyAdd(TForm.Load(ref w, at + Lanes), Vector256.LoadUnsafe(ref x, at + Lanes), b);
            c = Vector256.FusedMultiplyAdd(TForm.Load(ref w, at + (2 * Lanes)), Vector256.LoadUnsafe(ref x, at + (2 * Lanes)), c);
            d = Vector256.FusedMultiplyAdd(TForm.Load(ref w, at + (3 * Lanes)), Vector256.LoadUnsafe(ref x, at + (3 * Lanes)), d);
        }
        for (; at + Lanes <= end; at += Lanes) a = Vector256.FusedMultiplyAdd(TForm.Load(ref w, at), Vector256.LoadUnsafe(ref x, at), a);
        float sum = Vector256.Sum(a + b + (c + d));
        for (; at < end; at++) sum += TForm.Of(Unsafe.Add(ref w, at)) * Unsafe.Add(ref x, at);
        return sum;
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
