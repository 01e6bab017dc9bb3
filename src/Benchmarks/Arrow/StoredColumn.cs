namespace Das.Benchmarks.Arrow;

/// <summary>One column of one record batch, read where it is mapped. Nulls read as empty or 0.</summary>
internal sealed class StoredColumn
{
    private readonly MappedFile file;
    private readonly string name;
    private readonly ArrowTypeId type;
    private readonly int offsetWidth;
    private readonly (long At, long Length) offsets, values;
    private readonly StoredColumn? items;

    public long Length { get; }

    /// <summary>Takes the column's nodes and buffers off the batch's lists, children included.</summary>
    public StoredColumn(MappedFile file, string name, IArrowType type, Queue<long> nodes, Queue<(long At, long Length)> buffers)
    {
        (this.file, this.name, this.type) = (file, name, type.TypeId);
        Length = nodes.Dequeue();
        if (type.TypeId == ArrowTypeId.Null) return;
        buffers.Dequeue(); // Validity.
        if (type.TypeId is ArrowTypeId.String or ArrowTypeId.Binary or ArrowTypeId.List) offsetWidth = 4;
        else if (type.TypeId is ArrowTypeId.LargeString or ArrowTypeId.LargeBinary or ArrowTypeId.LargeList) offsetWidth = 8;
        else if (type is not FixedWidthType || type.TypeId == ArrowTypeId.Dictionary)
            throw new DasException(ErrorKind.Data, $"{file.Path}: column '{name}' has type {type.Name}, which no published table has.");

        if (offsetWidth > 0) offsets = buffers.Dequeue();
        if (type is NestedType { Fields: [var item, ..] }) items = new(file, name, item.DataType, nodes, buffers);
        else values = buffers.Dequeue();
        Check(type);
    }

    /// <summary>A length that its buffers do not hold would make readers reserve memory for nothing.</summary>
    private void Check(IArrowType type)
    {
        long held = offsetWidth > 0 ? Math.Max(0, offsets.Length / offsetWidth - 1) : values.Length * 8 / ((FixedWidthType)type).BitWidth;
        if (Length < 0 || Length > held) throw new DasException(ErrorKind.Data,
            $"{file.Path} is damaged: column '{name}' claims {Length} entries and holds {held}.");
    }

    /// <summary>Where entry <paramref name="row"/>'s items or bytes begin and end.</summary>
    public (long From, long To) Range(long row)
    {
        if (offsetWidth == 0) throw Unlike("lists or text");
        if (Length == 0 || type == ArrowTypeId.Null) return (0, 0);
        (long from, long to) = (Offset(row), Offset(row + 1));
        long limit = items?.Length ?? values.Length;
        return from >= 0 && from <= to && to <= limit ? (from, to)
            : throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: entry {row} of column '{name}' spans {from} to {to} of {limit}.");
    }

    public StoredColumn Items => items ?? throw Unlike("lists");

    /// <summary>True for <c>list&lt;null&gt;</c>, which pandas writes where every list is empty.</summary>
    public bool IsNull => type == ArrowTypeId.Null;

    public ReadOnlyMemory<byte> Bytes(long row)
    {
        (long from, long to) = Range(row);
        return file.Memory(values.At + from, to - from);
    }

    public string Text(long row)
    {
        if (type is ArrowTypeId.Int64 or ArrowTypeId.Int32) return Integer(row).ToString();
        (long from, long to) = Range(row);
        ReadOnlySpan<byte> utf8 = file.Span(values.At + from, to - from);
        return System.Text.Unicode.Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8)
            : throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: entry {row} of column '{name}' is no text in UTF-8.");
    }

    public long Integer(long row) => type switch
    {
        ArrowTypeId.Int64 => Value<long>(row),
        ArrowTypeId.Int32 => Value<int>(row),
        ArrowTypeId.Double => (long)Value<double>(row), // What pandas makes of integers beside a missing one.
        _ => throw Unlike("integers"),
    };

    public double Real(long row) => type switch
    {
        ArrowTypeId.Double => Value<double>(row),
        ArrowTypeId.Float => Value<float>(row),
        _ => throw Unlike("numbers"),
    };

    private long Offset(long row) => offsetWidth == 4 ? Read<int>(offsets, row) : Read<long>(offsets, row);

    private T Value<T>(long row) where T : unmanaged => Read<T>(values, row);

    private unsafe T Read<T>((long At, long Length) buffer, long row) where T : unmanaged => row >= 0 && (row + 1) * sizeof(T) <= buffer.Length
        ? file.Read<T>(buffer.At + row * sizeof(T))
        : throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: column '{name}' has no entry {row}.");

    private DasException Unlike(string expected) => new(ErrorKind.Data, $"{file.Path}: column '{name}' holds {type}, not {expected}.");
}
