namespace Das.Models.Checkpoints;

/// <summary>The bytes of CPU tensors.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>libtorch keeps element counts and strides in 63 bits; a byte count needs three of them.</summary>
    private const long MostElements = 1L << 59;

    /// <summary>Weights have at most five; libtorch itself stops at 64.</summary>
    public const int MostDimensions = 16;

    /// <summary>False when a dimension is negative, there are too many, or libtorch could not count the elements.</summary>
    public static bool TryCount(IReadOnlyList<long> shape, out long elements)
    {
        elements = 0;
        if (shape.Count > MostDimensions) return false;
        long product = 1;
        bool empty = false;
        foreach (long size in shape)
        {
            if (size < 0 || size > MostElements / product) return false;
            product *= Math.Max(size, 1);
            empty |= size == 0;
        }
        elements = empty ? 0 : product;
        return true;
    }

    /// <summary>Start of the elements of a contiguous CPU tensor, valid while the tensor lives.</summary>
    public static byte* Pointer(Tensor contiguous)
    {
        if (contiguous.numel() == 0) return null;
        using Tensor flat = contiguous.view(-1);
        using Tensor first = flat.narrow(0, 0, 1);
        fixed (byte* start = first.bytes) return start;
    }

    public static Tensor New(long[] shape, StoredType type) => empty(shape, dtype: type.Type, device: CPU);

    /// <summary>Any byte but 0 and 1 in a boolean tensor is undefined behaviour further on.</summary>
    public static bool HoldsOnlyBooleans(byte* start, long count)
    {
        for (long done = 0; done < count; done += int.MaxValue)
            if (new ReadOnlySpan<byte>(start + done, (int)Math.Min(int.MaxValue, count - done)).ContainsAnyExceptInRange<byte>(0, 1)) return false;
        return true;
    }

    public static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
