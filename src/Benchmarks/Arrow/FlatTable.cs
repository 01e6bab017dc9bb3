namespace Das.Benchmarks.Arrow;

/// <summary>A flatbuffers table in a file: just enough to read Arrow's footer, schema and batch headers where they lie.</summary>
internal readonly struct FlatTable(BoundedFile file, long position)
{
    /// <summary>The root table of the buffer that begins at <paramref name="start"/>.</summary>
    public static FlatTable Root(BoundedFile file, long start) => new(file, start + file.Read<uint>(start));

    /// <summary>Where field number <paramref name="field"/> is stored; null where it has its default.</summary>
    private long? At(int field)
    {
        long dispatch = position - file.Read<int>(position);
        int entry = 4 + 2 * field;
        if (entry >= file.Read<ushort>(dispatch)) return null;
        int offset = file.Read<ushort>(dispatch + entry);
        return offset == 0 ? null : position + offset;
    }

    public T Scalar<T>(int field) where T : unmanaged => At(field) is { } at ? file.Read<T>(at) : default;

    public bool Has(int field) => At(field) is not null;

    public FlatTable Table(int field) => At(field) is { } at
        ? new(file, at + file.Read<uint>(at))
        : throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: a header lacks field {field}.");

    /// <summary>Positions of a vector's structs, each <paramref name="size"/> bytes long.</summary>
    /// <exception cref="DasException">The file does not hold as many.</exception>
    public IEnumerable<long> Structs(int field, int size)
    {
        if (At(field) is not { } at) return [];
        long first = Vector(at, size, out int count);
        return Enumerable.Range(0, count).Select(i => first + ((long)i * size));
    }

    /// <summary>The tables of a vector.</summary>
    /// <exception cref="DasException">The file does not hold as many.</exception>
    public IReadOnlyList<FlatTable> Tables(int field)
    {
        if (At(field) is not { } at) return [];
        long first = Vector(at, sizeof(uint), out int count);
        FlatTable[] tables = new FlatTable[count];
        for (int i = 0; i < count; i++) tables[i] = Root(file, first + (i * sizeof(uint)));
        return tables;
    }

    /// <summary>A text; null where there is none.</summary>
    /// <exception cref="DasException">It is longer than <paramref name="most"/> bytes.</exception>
    public string? Text(int field, int most)
    {
        if (At(field) is not { } at) return null;
        long text = at + file.Read<uint>(at), length = file.Read<uint>(text);
        return length <= most ? Encoding.UTF8.GetString(file.Bytes(text + sizeof(uint), length))
            : throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: it has a name of {length} bytes, where at most {most} are read.");
    }

    /// <summary>Where a vector's first element lies.</summary>
    private long Vector(long at, int size, out int count)
    {
        long vector = at + file.Read<uint>(at), claimed = file.Read<uint>(vector);
        file.Check(vector + sizeof(uint), claimed * size);
        if (claimed > int.MaxValue) throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: a header lists {claimed} items.");
        count = (int)claimed;
        return vector + sizeof(uint);
    }
}
