namespace Das.Benchmarks.Arrow;

/// <summary>What a record batch's header lists, to be taken column by column, children included.</summary>
/// <param name="Entries">The next column's number of entries.</param>
/// <param name="Buffer">Where the next buffer lies in the file, and its length in bytes.</param>
internal sealed record BatchParts(Func<long> Entries, Func<(long At, long Length)> Buffer);

/// <summary>One column of one record batch, read where it lies. Nulls read as empty or 0.</summary>
internal sealed class StoredColumn
{
    private readonly BoundedFile file;
    private readonly string name;
    private readonly ArrowTypeId type;
    private readonly int offsetWidth, valueWidth;
    private readonly (long At, long Length) offsets, values;
    private readonly StoredColumn? items;

    public long Length { get; }

    /// <summary>Takes the column's parts off the batch's lists, children included.</summary>
    /// <exception cref="DasException">Its type is none of a published table, or its length is not what its buffers hold.</exception>
    public StoredColumn(BoundedFile file, string name, StoredField field, BatchParts parts)
    {
        (this.file, this.name, type) = (file, name, field.Type);
        Length = parts.Entries();
        // A length that nothing holds would make readers work and reserve memory for nothing.
        if (type == ArrowTypeId.Null) Check(file.Length);
        if (type == ArrowTypeId.Null) return;
        if (type is ArrowTypeId.Struct or ArrowTypeId.Union or ArrowTypeId.FixedSizeList or ArrowTypeId.Map or ArrowTypeId.Dictionary)
            throw new DasException(ErrorKind.Data, $"{file.Path}: column '{name}' has type {type}, which no published table has.");
        parts.Buffer(); // Validity.
        offsetWidth = type switch
        {
            ArrowTypeId.String or ArrowTypeId.Binary or ArrowTypeId.List => sizeof(int),
            ArrowTypeId.LargeString or ArrowTypeId.LargeBinary or ArrowTypeId.LargeList => sizeof(long),
            _ => 0,
        };
        valueWidth = type switch
        {
            ArrowTypeId.Int64 or ArrowTypeId.Double => sizeof(long),
            ArrowTypeId.Int32 or ArrowTypeId.Float => sizeof(int),
            _ => 0, // of no published column
        };
        if (offsetWidth > 0) offsets = parts.Buffer();
        if (field.Item is { } item) items = new(file, name, item, parts);
        else values = parts.Buffer();
        if (offsetWidth > 0) Check(Length == 0 ? 0 : (offsets.Length / offsetWidth) - 1);
        else Check(valueWidth > 0 ? values.Length / valueWidth : values.Length * 8);
    }

    /// <summary>True where texts, lists or numbers can be read.</summary>
    public bool IsReadable => offsetWidth > 0 || valueWidth > 0;

    private void Check(long held)
    {
        if (Length < 0 || Length > held) throw new DasException(ErrorKind.Data,
            $"{file.Path} is damaged: column '{name}' claims {Length} entries and holds {Math.Max(0, held)}.");
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

    /// <summary>Entry <paramref name="row"/>'s bytes, straight from the file; they are as many as <paramref name="target"/> holds.</summary>
    public void Copy(long row, Span<byte> target)
    {
        (long from, long to) = Range(row);
        if (to - from != target.Length) throw new DasException(ErrorKind.Data,
            $"{file.Path}: entry {row} of column '{name}' has {to - from} bytes, where {target.Length} are expected.");
        file.Copy(values.At + from, target);
    }

    public string Text(long row)
    {
        if (type is ArrowTypeId.Int64 or ArrowTypeId.Int32) return Integer(row).ToString();
        (long from, long to) = Range(row);
        byte[] utf8 = file.Bytes(values.At + from, to - from);
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
