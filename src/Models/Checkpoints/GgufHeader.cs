namespace Das.Models.Checkpoints;

/// <summary>
/// The header of a GGUF file, read from its beginning. Every length is compared with the file's before anything of it is read or kept, and arrays and
/// texts stay in the file until they are asked for.
/// </summary>
internal sealed class GgufHeader
{
    /// <summary>Published files have some 40 keys and up to 3000 tensors; vocabularies up to 260 thousand entries, templates some thousand bytes.</summary>
    private const int MostKeys = 1 << 16, MostTensors = 1 << 16, MostEntries = 1 << 24, LongestText = 1 << 24, LongestName = 4096,
        LargestAlignment = 1 << 20;

    /// <summary>llama.cpp's own limit.</summary>
    private const int MostDimensions = 4;

    private const int UsualAlignment = 32, DeepestArray = 4;

    /// <summary>Bytes that a key with its value, a tensor, and a text or an array take at least.</summary>
    private const int ShortestKey = 13, ShortestTensor = 24, ShortestText = 8, ShortestArray = 12;

    private readonly BoundedFile file;
    private readonly OrderedDictionary<string, GgufValue> values = [];
    private readonly OrderedDictionary<string, GgufTensor> tensors = [];
    private long at = 4;

    /// <param name="file">Begins with the format's magic.</param>
    /// <exception cref="DasException">It is cut off, damaged, or of another version.</exception>
    public GgufHeader(BoundedFile file)
    {
        this.file = file;
        uint version = Next<uint>();
        if (version is not (2 or 3)) throw Broken(version is >= 1 << 24 && (BinaryPrimitives.ReverseEndianness(version) is 2 or 3)
            ? "it is big-endian, where little-endian numbers are read" : $"its version is {version}, where 2 or 3 is read");
        long tensorCount = Count("tensor count", ShortestTensor, MostTensors), keyCount = Count("metadata key count", ShortestKey, MostKeys);
        for (long key = 0; key < keyCount; key++) ReadKey();
        int alignment = Alignment();
        for (long tensor = 0; tensor < tensorCount; tensor++) ReadTensor();
        Data = (at + alignment - 1) / alignment * alignment;
        CheckExtents(alignment);
    }

    public IReadOnlyDictionary<string, GgufValue> Values => values;

    public IReadOnlyDictionary<string, GgufTensor> Tensors => tensors;

    /// <summary>Where the tensors' bytes begin.</summary>
    public long Data { get; }

    /// <summary>A metadata value; null where the file has none of that name.</summary>
    /// <returns>A number, a boolean or a text of the file's own type, or an array of them.</returns>
    /// <exception cref="DasException">A text in it is no UTF-8.</exception>
    public object? Value(string key)
    {
        if (!values.TryGetValue(key, out GgufValue? value)) return null;
        at = value.At;
        return value.Type == GgufValue.Array ? Entries(key, value.Entries, value.Count) : Scalar(key, value.Type);
    }

    public DasException Broken(string what) =>
        new(ErrorKind.Checkpoint, $"'{file.Path}' is not a usable GGUF file: {what}; download or convert it again.");

    private void ReadKey()
    {
        string key = Text("the name of a metadata key", LongestName);
        uint type = Next<uint>();
        if (!values.TryAdd(key, Passed(key, type, 0))) throw Broken($"its metadata key '{key}' stands in it twice");
    }

    /// <summary>A value, behind which the reading goes on.</summary>
    private GgufValue Passed(string key, uint type, int depth)
    {
        if (type == GgufValue.Array)
        {
            if (depth == DeepestArray) throw Broken($"'{key}' is an array nested more than {DeepestArray} deep");
            uint entries = Next<uint>();
            long count = Count($"'{key}' is an array whose length", Width(key, entries), MostEntries);
            GgufValue array = new(type, entries, count, at);
            if (GgufValue.SizeOf(entries) is { } size) at += size * count;
            else for (long entry = 0; entry < count; entry++) Passed(key, entries, depth + 1);
            return array;
        }
        GgufValue value = new(type, 0, 1, at);
        long length = type == GgufValue.Text ? TextLength($"the text of '{key}'", LongestText) : Width(key, type);
        at += length;
        return value;
    }

    /// <summary>Bytes that a value of the type takes at least.</summary>
    private int Width(string key, uint type) => GgufValue.SizeOf(type) ?? type switch
    {
        GgufValue.Text => ShortestText,
        GgufValue.Array => ShortestArray,
        _ => throw Broken($"'{key}' has a value of the type {type}, which nobody knows"),
    };

    private int Alignment()
    {
        const string key = "general.alignment";
        object alignment = Kept(() => Value(key)) ?? (uint)UsualAlignment;
        return alignment is uint and > 0 and <= LargestAlignment and var size && (size & (size - 1)) == 0 ? (int)size
            : throw Broken($"its {key} is {alignment}, where a power of two is expected");
    }

    private void ReadTensor()
    {
        string name = Text("the name of a tensor", LongestName);
        uint dimensions = Next<uint>();
        if (dimensions > MostDimensions) throw Broken($"'{name}' has {dimensions} dimensions, where at most {MostDimensions} are read");
        long[] shape = new long[dimensions];
        for (int d = shape.Length - 1; d >= 0; d--) shape[d] = (long)Math.Min(Next<ulong>(), long.MaxValue);
        uint id = Next<uint>();
        ulong offset = Next<ulong>();
        if (Array.IndexOf(shape, 0) >= 0 || !TensorMemory.TryCount(shape, out long elements))
            throw Broken($"'{name}' has the dimensions {TensorMemory.Text(shape)}, which no tensor has that any memory holds");
        GgufType type = GgufType.Of(id)
            ?? throw Broken($"'{name}' is of the type {GgufType.NameOf(id)}, which is not read; known types are {GgufType.Known}");
        long row = shape.Length == 0 ? 1 : shape[^1];
        if (row % type.Block != 0) throw Broken($"'{name}' has rows of {row} numbers, which is no multiple of the {type.Block} in a block of {type.Name}");
        if (offset > (ulong)file.Length) throw Broken($"'{name}' has the offset {offset}, outside the file of {file.Length} bytes");
        if (!tensors.TryAdd(name, new(type, shape, (long)offset, elements / type.Block * type.Bytes))) throw Broken($"the tensor '{name}' stands in it twice");
    }

    private void CheckExtents(int alignment)
    {
        long free = 0;
        foreach ((string name, GgufTensor tensor) in tensors.OrderBy(tensor => tensor.Value.Offset))
        {
            if (tensor.Offset % alignment != 0) throw Broken($"'{name}' starts at {tensor.Offset}, which is not aligned to {alignment} bytes");
            if (tensor.Offset < free) throw Broken($"'{name}' starts at {tensor.Offset}, within another tensor");
            if (tensor.Bytes > file.Length - Data - tensor.Offset)
                throw Broken($"'{name}' takes {tensor.Bytes} bytes from {Data + tensor.Offset} on, past the end of the file, which has {file.Length}");
            free = tensor.Offset + tensor.Bytes;
        }
    }

    private object Scalar(string key, uint type) => type switch
    {
        0 => Next<byte>(), 1 => Next<sbyte>(), 2 => Next<ushort>(), 3 => Next<short>(), 4 => Next<uint>(), 5 => Next<int>(), 6 => Next<float>(),
        7 => Next<byte>() != 0, GgufValue.Text => Text($"the text of '{key}'", LongestText), 10 => Next<ulong>(), 11 => Next<long>(), 12 => Next<double>(),
        GgufValue.Array => Inner(key),
        _ => throw Broken($"'{key}' has a value of the type {type}, which nobody knows"),
    };

    private Array Inner(string key)
    {
        uint entries = Next<uint>();
        return Entries(key, entries, Count($"'{key}' is an array whose length", Width(key, entries), MostEntries));
    }

    private Array Entries(string key, uint type, long count)
    {
        Array Filled<T>()
        {
            T[] array = new T[count];
            for (int entry = 0; entry < array.Length; entry++) array[entry] = (T)Scalar(key, type);
            return array;
        }

        return type switch
        {
            0 => Filled<byte>(), 1 => Filled<sbyte>(), 2 => Filled<ushort>(), 3 => Filled<short>(), 4 => Filled<uint>(), 5 => Filled<int>(),
            6 => Filled<float>(), 7 => Filled<bool>(), GgufValue.Text => Filled<string>(), 10 => Filled<ulong>(), 11 => Filled<long>(),
            12 => Filled<double>(), _ => Filled<object>(),
        };
    }

    private T Kept<T>(Func<T> read)
    {
        long here = at;
        T value = read();
        at = here;
        return value;
    }

    /// <summary>How many there are of what takes so many bytes at least.</summary>
    private long Count(string what, int width, int most)
    {
        ulong count = Next<ulong>();
        long held = (file.Length - at) / width;
        return count > (ulong)held ? throw Broken($"{what} is {count}, and the file ends after at most {held}")
            : count > (ulong)most ? throw Broken($"{what} is {count}, where at most {most} are read") : (long)count;
    }

    private long TextLength(string what, int most)
    {
        ulong length = Next<ulong>();
        return length > (ulong)(file.Length - at) ? throw Broken($"{what} has a length of {length} bytes, past the end of the file")
            : length > (ulong)most ? throw Broken($"{what} has a length of {length} bytes, where at most {most} are read") : (long)length;
    }

    private string Text(string what, int most)
    {
        long length = TextLength(what, most), start = at;
        at += length;
        return Utf8Text.OfPart(file.Bytes(start, length), $"'{file.Path}', {what} at byte {start}", ErrorKind.Checkpoint);
    }

    private T Next<T>() where T : unmanaged
    {
        T value = file.Read<T>(at);
        at += System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        return value;
    }
}

/// <summary>Where a metadata value lies.</summary>
/// <param name="Type">Its kind by the format's number.</param>
/// <param name="Entries">Of an array: the kind of its entries.</param>
/// <param name="Count">Of an array: how many.</param>
/// <param name="At">Where it begins; of an array its first entry.</param>
internal sealed record GgufValue(uint Type, uint Entries, long Count, long At)
{
    public const uint Text = 8, Array = 9;

    /// <summary>Bytes of a number or boolean; null for other kinds.</summary>
    public static int? SizeOf(uint type) => type switch
    {
        0 or 1 or 7 => 1,
        2 or 3 => 2,
        4 or 5 or 6 => 4,
        10 or 11 or 12 => 8,
        _ => null,
    };
}

/// <summary>Where a tensor lies.</summary>
/// <param name="Type">Of its numbers.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Offset">From the beginning of the data.</param>
/// <param name="Bytes">In the file.</param>
internal sealed record GgufTensor(GgufType Type, long[] Shape, long Offset, long Bytes);
