using System.Runtime.InteropServices;

namespace Das.Tests.Parity;

/// <summary>A safetensors file read into arrays, without a tensor library.</summary>
public sealed class RawTensors
{
    private readonly byte[] bytes;
    private readonly JsonElement header;

    public RawTensors(string file)
    {
        bytes = File.ReadAllBytes(file);
        header = JsonDocument.Parse(bytes.AsMemory(8, checked((int)BitConverter.ToUInt64(bytes)))).RootElement;
    }

    public IEnumerable<string> Names => header.EnumerateObject().Select(tensor => tensor.Name).Where(name => name != "__metadata__");

    public bool Has(string name) => header.TryGetProperty(name, out _);

    public int[] Shape(string name) => [.. header.GetProperty(name).Ints("shape")];

    public float[] Floats(string name) => Read<float>(name, "F32");

    public long[] Longs(string name) => Read<long>(name, "I64");

    public byte[] Bytes(string name) => Read<byte>(name, "U8");

    private T[] Read<T>(string name, string type) where T : unmanaged
    {
        JsonElement tensor = header.GetProperty(name);
        Assert.Equal(type, tensor.String("dtype"));
        int start = 8 + (int)BitConverter.ToUInt64(bytes), from = tensor.GetProperty("data_offsets")[0].GetInt32(), to = tensor.GetProperty("data_offsets")[1]
            .GetInt32();
        return MemoryMarshal.Cast<byte, T>(bytes.AsSpan(start + from, to - from)).ToArray();
    }
}
