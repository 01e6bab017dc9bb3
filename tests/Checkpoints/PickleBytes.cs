namespace Das.Tests.Checkpoints;

/// <summary>Pickles and archives as torch.save writes them, and as an attacker might.</summary>
internal static class PickleBytes
{
    public static readonly byte[] EmptyTuple = ")"u8.ToArray(), Dict = "}"u8.ToArray(), OrderedDict = [.. Global("collections", "OrderedDict"), .. ")R"u8];

    public static byte[] Program(params byte[][] parts) => [0x80, 2, .. parts.SelectMany(p => p), (byte)'.'];

    public static byte[] Global(string module, string name) => Encoding.UTF8.GetBytes($"c{module}\n{name}\n");

    public static byte[] Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return [(byte)'X', .. length, .. utf8];
    }

    public static byte[] Integer(long value)
    {
        byte[] little = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(little, value);
        return [0x8a, 8, .. little];
    }

    public static byte[] Tuple(params byte[][] items) => [(byte)'(', .. items.SelectMany(i => i), (byte)'t'];

    public static byte[] List(params byte[][] items) => [(byte)']', (byte)'(', .. items.SelectMany(i => i), (byte)'e'];

    public static byte[] Call(string module, string name, params byte[][] arguments) => [.. Global(module, name), .. Tuple(arguments), (byte)'R'];

    public static byte[] With(byte[] dict, params (string Key, byte[] Value)[] items) =>
        [.. dict, (byte)'(', .. items.SelectMany(i => (byte[])[.. Text(i.Key), .. i.Value]), (byte)'u'];

    public static byte[] Numbers(params long[] values) => Tuple([.. values.Select(Integer)]);

    public static byte[] Storage(string type, string key, long elements) =>
        [.. Tuple(Text("storage"), Global("torch", type), Text(key), Text("cpu"), Integer(elements)), (byte)'Q'];

    public static byte[] Tensor(byte[] storage, long offset, long[] shape, long[] strides) =>
        Call("torch._utils", "_rebuild_tensor_v2", storage, Integer(offset), Numbers(shape), Numbers(strides), [0x89], OrderedDict);

    /// <summary>A contiguous float tensor that fills its storage.</summary>
    public static byte[] Floats(string key, params long[] shape)
    {
        long[] strides = new long[shape.Length];
        long elements = 1;
        for (int d = shape.Length - 1; d >= 0; elements *= shape[d], d--) strides[d] = elements;
        return Tensor(Storage("FloatStorage", key, elements), 0, shape, strides);
    }

    public static byte[] Archive(byte[] pickle, params (string Entry, byte[] Content)[] others) => Archive(CompressionLevel.NoCompression, pickle, others);

    public static byte[] Archive(CompressionLevel level, byte[] pickle, params (string Entry, byte[] Content)[] others)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create))
            foreach ((string name, byte[] content) in others.Prepend(("data.pkl", pickle)))
            {
                using Stream entry = zip.CreateEntry($"archive/{name}", level).Open();
                entry.Write(content);
            }
        return stream.ToArray();
    }

    public static byte[] Bytes(params float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
