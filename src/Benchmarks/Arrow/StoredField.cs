namespace Das.Benchmarks.Arrow;

/// <summary>A column as an Arrow file's schema describes it (https://arrow.apache.org/docs/format/Columnar.html, <c>Schema.fbs</c>).</summary>
/// <param name="Name">The column's.</param>
/// <param name="Type">Of its entries.</param>
/// <param name="Item">What its lists hold; null where it holds none.</param>
internal sealed record StoredField(string Name, ArrowTypeId Type, StoredField? Item)
{
    /// <summary>Bounds for schemas that refer to themselves: published tables have ten columns, two lists deep, with names of some ten bytes.</summary>
    private const int MostColumns = 4096, Deepest = 16, LongestName = 1024;

    /// <summary>By the number of their table in the union <c>Type</c>.</summary>
    private static readonly ArrowTypeId?[] Types =
    [
        null, ArrowTypeId.Null, null, null, ArrowTypeId.Binary, ArrowTypeId.String, ArrowTypeId.Boolean, ArrowTypeId.Decimal128, ArrowTypeId.Date64,
        ArrowTypeId.Time64, ArrowTypeId.Timestamp, ArrowTypeId.Interval, ArrowTypeId.List, ArrowTypeId.Struct, ArrowTypeId.Union,
        ArrowTypeId.FixedSizedBinary, ArrowTypeId.FixedSizeList, ArrowTypeId.Map, ArrowTypeId.Duration, ArrowTypeId.LargeBinary, ArrowTypeId.LargeString,
        ArrowTypeId.LargeList,
    ];

    /// <summary>The columns of a schema, in their order.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="schema">Its table.</param>
    /// <exception cref="DasException">It is damaged, or has more columns or deeper lists than any table.</exception>
    public static IReadOnlyList<StoredField> Of(string path, FlatTable schema)
    {
        const short littleEndian = 0;
        if (schema.Scalar<short>(0) != littleEndian) throw new DasException(ErrorKind.Data, $"{path} was written on a big-endian machine; write it on "
            + $"another.");
        IReadOnlyList<FlatTable> fields = schema.Tables(1);
        if (fields.Count > MostColumns) throw Damaged(path, $"its schema lists {fields.Count} columns, where at most {MostColumns} are read");
        StoredField[] columns = [.. fields.Select(field => Field(path, field, 0))];
        if (columns.CountBy(column => column.Name).FirstOrDefault(names => names.Value > 1).Key is { } twice)
            throw new DasException(ErrorKind.Data, $"{path} has two columns '{twice}'; give each a name of its own.");
        return columns;
    }

    private static StoredField Field(string path, FlatTable field, int depth)
    {
        if (depth > Deepest) throw Damaged(path, $"its schema has lists more than {Deepest} deep");
        string name = field.Text(0, LongestName) ?? "";
        ArrowTypeId type = field.Has(4) ? ArrowTypeId.Dictionary : TypeOf(path, name, field);
        if (type is not (ArrowTypeId.List or ArrowTypeId.LargeList)) return new(name, type, null);
        return field.Tables(5) is [var item] ? new(name, type, Field(path, item, depth + 1))
            : throw Damaged(path, $"column '{name}' is a list of {field.Tables(5).Count} things, where it has one kind of items");
    }

    private static ArrowTypeId TypeOf(string path, string name, FlatTable field)
    {
        const int whole = 2, real = 3;
        byte code = field.Scalar<byte>(2);
        if (code == whole)
            return (field.Table(3).Scalar<int>(0), field.Table(3).Scalar<bool>(1)) switch
            {
                (64, true) => ArrowTypeId.Int64,
                (32, true) => ArrowTypeId.Int32,
                (16, true) => ArrowTypeId.Int16,
                (8, true) => ArrowTypeId.Int8,
                (64, false) => ArrowTypeId.UInt64,
                (32, false) => ArrowTypeId.UInt32,
                (16, false) => ArrowTypeId.UInt16,
                (8, false) => ArrowTypeId.UInt8,
                var (bits, _) => throw Damaged(path, $"column '{name}' has whole numbers of {bits} bits"),
            };
        if (code == real)
            return field.Table(3).Scalar<short>(0) switch
            {
                0 => ArrowTypeId.HalfFloat,
                1 => ArrowTypeId.Float,
                2 => ArrowTypeId.Double,
                var precision => throw Damaged(path, $"column '{name}' has numbers of precision {precision}"),
            };
        return code < Types.Length && Types[code] is { } type ? type
            : throw new DasException(ErrorKind.Data, $"{path}: column '{name}' has type {code} of Arrow's schema, which no published table has.");
    }

    private static DasException Damaged(string path, string how) => new(ErrorKind.Data, $"{path} is damaged: {how}.");
}
