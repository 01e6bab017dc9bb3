using Parquet;
using Parquet.Data;
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

    /// <exception cref="NotSupportedException">Values are of a type that no field can be read as.</exception>
    public static ParquetColumn Read(Field field, ParquetRowGroupReader rows) => new(field.Name, Values(field, rows)) { Binary = BinaryOf(field) };

    /// <summary>The values of a binary field, null where there is none.</summary>
    public static byte[]?[] Bytes(DataField field, ParquetRowGroupReader rows)
    {
        using var data = (RawColumnData<ReadOnlyMemory<byte>>)Raw(field, rows);
        ReadOnlySpan<ReadOnlyMemory<byte>> packed = data.Values;
        byte[]?[] values = new byte[]?[rows.RowCount];
        ReadOnlySpan<int> defined = field.MaxDefinitionLevel > 0 ? data.DefinitionLevels : [];
        for (int row = 0, at = 0; row < values.Length; row++)
            if (defined.IsEmpty || defined[row] == field.MaxDefinitionLevel) values[row] = packed[at++].ToArray();
        return values;
    }

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
        JsonNode?[] values = new JsonNode?[rows.RowCount];
        using RawColumnData data = Raw(field, rows);
        JsonNode?[] packed = Packed(data);
        ReadOnlySpan<int> defined = field.MaxDefinitionLevel > 0 ? data.DefinitionLevels : [];
        if (field.MaxRepetitionLevel == 0)
        {
            for (int row = 0, at = 0; row < values.Length; row++)
                if (defined.IsEmpty || defined[row] == field.MaxDefinitionLevel) values[row] = packed[at++];
            return values;
        }
        ReadOnlySpan<int> repeated = data.RepetitionLevels;
        for (int i = 0, row = -1, at = 0; i < repeated.Length; i++)
        {
            if (repeated[i] == 0) values[++row] = new JsonArray();
            bool there = defined.IsEmpty || defined[i] == field.MaxDefinitionLevel, more = i + 1 < repeated.Length && repeated[i + 1] > 0;
            if (there || more || repeated[i] > 0) values[row]!.AsArray().Add(there ? packed[at++] : null); // An absent value alone is an empty list.
        }
        return values;
    }

    private static RawColumnData Raw(DataField field, ParquetRowGroupReader rows) => rows.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();

    /// <summary>The values that are there, one after the other.</summary>
    private static JsonNode?[] Packed(RawColumnData data) => data switch
    {
        RawColumnData<ReadOnlyMemory<char>> texts => Each(texts.Values, text => JsonValue.Create(text.ToString())),
        RawColumnData<ReadOnlyMemory<byte>> binary => Each(binary.Values, bytes => JsonValue.Create($"{bytes.Length} bytes")),
        RawColumnData<bool> truths => Each(truths.Values, truth => JsonValue.Create(truth)),
        RawColumnData<long> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<int> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<short> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<sbyte> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<byte> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<ushort> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<uint> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<ulong> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        RawColumnData<decimal> numbers => Each(numbers.Values, number => JsonValue.Create(number)),
        // pandas writes NaN for an empty cell.
        RawColumnData<float> numbers => Each(numbers.Values, number => float.IsFinite(number) ? JsonValue.Create(number) : null),
        RawColumnData<double> numbers => Each(numbers.Values, number => double.IsFinite(number) ? JsonValue.Create(number) : null),
        RawColumnData<DateTime> times => Each(times.Values, time => JsonValue.Create(time.ToString("o", CultureInfo.InvariantCulture))),
        _ => throw new NotSupportedException(
            $"Values of type {data.GetType().GetGenericArguments().FirstOrDefault()?.Name} are not read; leave the column out"),
    };

    private static JsonNode?[] Each<T>(ReadOnlySpan<T> values, Func<T, JsonNode?> node)
    {
        JsonNode?[] nodes = new JsonNode?[values.Length];
        for (int i = 0; i < nodes.Length; i++) nodes[i] = node(values[i]);
        return nodes;
    }
}
