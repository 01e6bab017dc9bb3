using Parquet;
using Parquet.Schema;
using Field = Parquet.Schema.Field;

namespace Das.Benchmarks.Raw;

/// <summary>One column of a group of rows.</summary>
/// <param name="name">Its name.</param>
/// <param name="values">A value for each row.</param>
internal sealed class ParquetColumn(string name, IReadOnlyList<JsonNode?> values)
{
    public string Name => name;

    /// <summary>The field whose bytes are read again when they are asked for, and until then told by their number; null where there is none.</summary>
    public DataField? Binary { get; private init; }

    public JsonNode? this[int row] => values[row]?.DeepClone();

    public static ParquetColumn Read(Field field, ParquetRowGroupReader rows) => new(field.Name, Values(field, rows)) { Binary = BinaryOf(field) };

    /// <summary>The values of a binary field, null where there is none.</summary>
    public static byte[]?[] Bytes(DataField field, ParquetRowGroupReader rows) =>
        Read<ReadOnlyMemory<byte>, byte[]>(field, rows, bytes => bytes.ToArray(), null);

    private static DataField? BinaryOf(Field field) => field switch
    {
        DataField { MaxRepetitionLevel: 0 } leaf when leaf.ClrType == typeof(ReadOnlyMemory<byte>) => leaf,
        StructField { Fields: var members } => members.OfType<DataField>().FirstOrDefault(member => member.Name == "bytes" && BinaryOf(member) is not null),
        _ => null,
    };

    private static JsonNode?[] Values(Field field, ParquetRowGroupReader rows) => field switch
    {
        DataField { MaxRepetitionLevel: <= 1 } leaf => Leaf(leaf, rows),
        ListField { Item: DataField { MaxRepetitionLevel: 1 } leaf } => Leaf(leaf, rows),
        ListField { Item: StructField { Fields: var members } } when members.All(member => member is DataField { MaxRepetitionLevel: 1 }) =>
            Zipped([.. members.Select(member => (member.Name, Leaf((DataField)member, rows)))], (int)rows.RowCount),
        StructField { Fields: var members } => Objects([.. members.Select(member => (member.Name, Values(member, rows)))], (int)rows.RowCount),
        _ => [.. Enumerable.Range(0, (int)rows.RowCount).Select(_ => new JsonObject { ["nested"] = "deeper than a list of objects" })],
    };

    private static JsonNode?[] Objects((string Name, JsonNode?[] Values)[] members, int rows) => [.. Enumerable.Range(0, rows).Select(row =>
        members.All(member => member.Values[row] is null) ? null
            : new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, member.Values[row]))))];

    /// <summary>Parallel lists as a list of objects.</summary>
    private static JsonNode?[] Zipped((string Name, JsonNode?[] Values)[] members, int rows) => [.. Enumerable.Range(0, rows).Select(row => new JsonArray(
        [.. Enumerable.Range(0, members.Max(member => member.Values[row]!.AsArray().Count)).Select(i =>
            new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, member.Values[row]![i]?.DeepClone()))))]))];

    /// <summary>A value a row, or a list a row where the field is in a list.</summary>
    private static JsonNode?[] Leaf(DataField field, ParquetRowGroupReader rows)
    {
        int[]? repeated = field.MaxRepetitionLevel > 0 ? new int[Count(field, rows)] : null;
        JsonNode?[] each = Each(field, rows, repeated);
        if (repeated is null) return each;
        JsonNode?[] values = new JsonNode?[rows.RowCount];
        for (int i = 0, row = -1; i < repeated.Length; i++)
        {
            if (repeated[i] == 0) values[++row] = new JsonArray();
            bool more = i + 1 < repeated.Length && repeated[i + 1] > 0;
            if (each[i] is not null || more || repeated[i] > 0) values[row]!.AsArray().Add(each[i]); // An absent value alone is an empty list.
        }
        return values;
    }

    /// <summary>Values of a column in a group of rows, absent ones too.</summary>
    /// <exception cref="InvalidDataException">They are as many as no file has.</exception>
    private static int Count(DataField field, ParquetRowGroupReader rows)
    {
        long count = rows.GetMetadata(field)?.MetaData?.NumValues ?? throw new InvalidDataException($"the column {field.Path} is missing");
        return count is >= 0 and <= ParquetItems.MostRows && (field.MaxRepetitionLevel > 0 ? count >= rows.RowCount : count == rows.RowCount) ? (int)count
            : throw new InvalidDataException($"the column {field.Path} claims {count} values in {rows.RowCount} rows");
    }

    private static JsonNode?[] Each(DataField field, ParquetRowGroupReader rows, int[]? repeated)
    {
        if (field.ClrType == typeof(ReadOnlyMemory<char>)) return Of<ReadOnlyMemory<char>>(text => JsonValue.Create(text.ToString()));
        if (field.ClrType == typeof(ReadOnlyMemory<byte>)) return Of<ReadOnlyMemory<byte>>(bytes => JsonValue.Create($"{bytes.Length} bytes"));
        return Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.Boolean => Of<bool>(truth => JsonValue.Create(truth)),
            TypeCode.Int64 => Of<long>(number => JsonValue.Create(number)),
            TypeCode.Int32 => Of<int>(number => JsonValue.Create(number)),
            TypeCode.Int16 => Of<short>(number => JsonValue.Create(number)),
            TypeCode.SByte => Of<sbyte>(number => JsonValue.Create(number)),
            TypeCode.Byte => Of<byte>(number => JsonValue.Create(number)),
            TypeCode.UInt16 => Of<ushort>(number => JsonValue.Create(number)),
            TypeCode.UInt32 => Of<uint>(number => JsonValue.Create(number)),
            TypeCode.UInt64 => Of<ulong>(number => JsonValue.Create(number)),
            TypeCode.Decimal => Of<decimal>(number => JsonValue.Create(number)),
            // pandas writes NaN for an empty cell.
            TypeCode.Single => Of<float>(number => float.IsFinite(number) ? JsonValue.Create(number) : null),
            TypeCode.Double => Of<double>(number => double.IsFinite(number) ? JsonValue.Create(number) : null),
            TypeCode.DateTime => Of<DateTime>(time => JsonValue.Create(time.ToString("o", CultureInfo.InvariantCulture))),
            _ => [.. Enumerable.Range(0, Count(field, rows)).Select(_ => new JsonObject { ["type"] = $"{field.ClrType.Name}, which is not read" })],
        };

        JsonNode?[] Of<TStored>(Func<TStored, JsonNode?> node) where TStored : struct => Read(field, rows, node, repeated);
    }

    /// <summary>What <paramref name="made"/> makes of each value that is there. The memory is our own and empty, as the library leaves what a damaged page
    /// lacks as it was.</summary>
    private static TMade?[] Read<TStored, TMade>(DataField field, ParquetRowGroupReader rows, Func<TStored, TMade?> made, int[]? repeated)
        where TStored : struct where TMade : class
    {
        TStored[] packed = new TStored[Count(field, rows)];
        int[]? defined = field.MaxDefinitionLevel > 0 ? new int[packed.Length] : null;
        rows.ReadRawAsync<TStored>(field, packed, defined?.AsMemory(), repeated?.AsMemory()).AsTask().GetAwaiter().GetResult();
        TMade?[] values = new TMade?[packed.Length];
        for (int i = 0, at = 0; i < values.Length; i++)
            if (defined is null || defined[i] == field.MaxDefinitionLevel) values[i] = made(packed[at++]);
        return values;
    }
}
