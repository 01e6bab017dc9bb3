namespace Das.Bench;

/// <summary>Values of a published model's start in bfloat16, drawn once and written again and again.</summary>
internal sealed class RandomWeights
{
    /// <summary>No width divides so many, so that no two rows are alike.</summary>
    private const int Drawn = 4_194_301;

    private const float Deviation = 0.02f; // the published models' start

    private readonly byte[] drawn = Bytes(randn(Drawn).Times(Deviation)), ones = Bytes(TorchSharp.torch.ones(1 << 16));

    /// <summary>A matrix gets drawn values, a vector (a norm's, a bias) ones.</summary>
    public void Write(Stream stream, long[] shape)
    {
        byte[] values = shape.Length == 1 ? ones : drawn;
        for (long left = Size(shape); left > 0;)
        {
            int part = (int)Math.Min(left, values.Length);
            stream.Write(values, 0, part);
            left -= part;
        }
    }

    /// <summary>Bytes of a tensor.</summary>
    public static long Size(long[] shape) => sizeof(ushort) * Elements(shape);

    public static long Elements(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);

    private static byte[] Bytes(Tensor values)
    {
        using (values)
        {
            using Tensor half = values.to(ScalarType.BFloat16);
            return half.bytes.ToArray();
        }
    }
}
