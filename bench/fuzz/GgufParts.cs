namespace Das.Fuzz;

/// <summary>A GGUF file in its parts, which are put together whatever they say.</summary>
internal sealed class GgufParts
{
    private const int Alignment = 32;

    public uint Version { get; set; } = 3;

    /// <summary>Metadata keys with their values.</summary>
    public List<byte[]> Keys { get; } = [];

    /// <summary>Entries of the tensor table.</summary>
    public List<byte[]> Tensors { get; } = [];

    public List<byte> Data { get; } = [];

    /// <summary>Adds a metadata key.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">Of the .NET type that stands for the file's; an array of arrays is an <c>object[]</c>.</param>
    public GgufParts With(string key, object value)
    {
        Keys.Add([.. Text(key), .. BitConverter.GetBytes(TypeOf(value)), .. Bytes(value)]);
        return this;
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Outermost dimension first.</param>
    /// <param name="type">The format's number.</param>
    /// <param name="data">Its bytes.</param>
    public GgufParts With(string name, long[] shape, uint type, byte[] data)
    {
        Tensors.Add([.. Text(name), .. BitConverter.GetBytes(shape.Length), .. Enumerable.Reverse(shape).SelectMany(BitConverter.GetBytes),
            .. BitConverter.GetBytes(type), .. BitConverter.GetBytes((long)Data.Count)]);
        Data.AddRange(data);
        Data.AddRange(new byte[Padding(Data.Count)]);
        return this;
    }

    public byte[] Written()
    {
        List<byte> file = [.. "GGUF"u8, .. BitConverter.GetBytes(Version)];
        foreach (long count in (long[])[Tensors.Count, Keys.Count]) file.AddRange(BitConverter.GetBytes(count));
        foreach (byte[] part in Keys.Concat(Tensors)) file.AddRange(part);
        file.AddRange(new byte[Padding(file.Count)]);
        file.AddRange(Data);
        return [.. file];
    }

    /// <summary>The parts of a valid file.</summary>
    public static GgufParts Read(byte[] valid)
    {
        int at = 8;
        int Next(int width)
        {
            int value = width == 8 ? (int)BinaryPrimitives.ReadInt64LittleEndian(valid.AsSpan(at)) : BinaryPrimitives.ReadInt32LittleEndian(valid.AsSpan(at));
            at += width;
            return value;
        }

        void Skip(int bytes) => at += bytes;

        void Pass(int type)
        {
            if (type == 8) Skip(Next(8));
            else if (type == 9)
            {
                int entries = Next(4);
                for (int left = Next(8); left > 0; left--) Pass(entries);
            }
            else Skip(type switch { 0 or 1 or 7 => 1, 2 or 3 => 2, 4 or 5 or 6 => 4, _ => 8 });
        }

        GgufParts parts = new() { Version = BinaryPrimitives.ReadUInt32LittleEndian(valid.AsSpan(4)) };
        int tensors = Next(8), keys = Next(8);
        for (int key = 0; key < keys; key++)
        {
            int start = at;
            Skip(Next(8));
            Pass(Next(4));
            parts.Keys.Add(valid[start..at]);
        }
        for (int tensor = 0; tensor < tensors; tensor++)
        {
            int start = at;
            Skip(Next(8));
            Skip((8 * Next(4)) + 12);
            parts.Tensors.Add(valid[start..at]);
        }
        parts.Data.AddRange(valid[(at + Padding(at))..]);
        return parts;
    }

    private static int Padding(int length) => (Alignment - (length % Alignment)) % Alignment;

    private static byte[] Text(string text) => [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static uint TypeOf(object value) => value switch
    {
        byte => 0, sbyte => 1, ushort => 2, short => 3, uint => 4, int => 5, float => 6, bool => 7, string => 8, Array => 9, ulong => 10, long => 11, _ => 12,
    };

    private static byte[] Bytes(object value) => value switch
    {
        byte n => [n], sbyte n => [(byte)n], ushort n => BitConverter.GetBytes(n), short n => BitConverter.GetBytes(n), uint n => BitConverter.GetBytes(n),
        int n => BitConverter.GetBytes(n), float n => BitConverter.GetBytes(n), bool flag => BitConverter.GetBytes(flag), string text => Text(text),
        ulong n => BitConverter.GetBytes(n), long n => BitConverter.GetBytes(n), double n => BitConverter.GetBytes(n),
        Array list => [.. BitConverter.GetBytes(list.Length == 0 ? 4 : TypeOf(list.GetValue(0)!)), .. BitConverter.GetBytes((long)list.Length),
            .. list.Cast<object>().SelectMany(Bytes)],
        _ => throw new ArgumentException($"{value.GetType()} is none of GGUF's types.", nameof(value)),
    };
}
