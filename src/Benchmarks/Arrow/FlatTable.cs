namespace Das.Benchmarks.Arrow;

/// <summary>A flatbuffers table in a mapped file: just enough to read Arrow's footer and batch headers where they lie.</summary>
internal readonly struct FlatTable(MappedFile file, long position)
{
    /// <summary>The root table of the buffer that begins at <paramref name="start"/>.</summary>
    public static FlatTable Root(MappedFile file, long start) => new(file, start + file.Read<uint>(start));

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
    public long[] Structs(int field, int size)
    {
        if (At(field) is not { } at) return [];
        long vector = at + file.Read<uint>(at), count = file.Read<uint>(vector);
        file.Span(vector + 4, count * size);
        long[] positions = new long[count];
        for (int i = 0; i < count; i++) positions[i] = vector + 4 + i * size;
        return positions;
    }
}
