namespace Das.Tests.Parity;

/// <summary>Reads a recorded safetensors file: length of the header, header in JSON, raw little-endian data.</summary>
public static class TensorFile
{
    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["F64"] = ScalarType.Float64, ["F32"] = ScalarType.Float32, ["F16"] = ScalarType.Float16, ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64, ["I32"] = ScalarType.Int32, ["I8"] = ScalarType.Int8, ["U8"] = ScalarType.Byte, ["BOOL"] = ScalarType.Bool,
    };

    public static Dictionary<string, Tensor> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        Dictionary<string, Tensor> tensors = [];
        foreach (JsonProperty entry in JsonDocument.Parse(file.AsMemory(8, header)).RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            long[] shape = [.. entry.Value.Longs("shape")];
            long[] range = [.. entry.Value.Longs("data_offsets")];
            Tensor tensor = zeros(shape, dtype: Types[entry.Value.String("dtype")]);
            file.AsSpan(8 + header + (int)range[0], (int)(range[1] - range[0])).CopyTo(tensor.bytes);
            tensors[entry.Name] = tensor;
        }
        return tensors;
    }

    /// <summary>The tensors whose name starts with <paramref name="prefix"/>, without it.</summary>
    public static Dictionary<string, Tensor> Below(this IReadOnlyDictionary<string, Tensor> tensors, string prefix) =>
        tensors.Where(t => t.Key.StartsWith(prefix)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}
