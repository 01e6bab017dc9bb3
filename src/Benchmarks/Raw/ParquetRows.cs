using Parquet;
using Parquet.Meta;
using Parquet.Schema;
using Encoding = System.Text.Encoding;
using Field = Parquet.Schema.Field;
using Type = System.Type;

namespace Das.Benchmarks.Raw;

/// <summary>One column of a group of rows.</summary>
/// <param name="name">Its name.</param>
/// <param name="values">A value for each row.</param>
internal sealed class ParquetColumn(string name, IReadOnlyList<JsonNode?> values)
{
    public string Name => name;

    /// <summary>The field whose bytes are read again when they are asked for, and until then told by their number; null where there is none.</summary>
    public DataField? Binary { get; init; }

    public JsonNode? this[int row] => values[row]?.DeepClone();
}

/// <summary>A group of rows, column by column.</summary>
/// <param name="rows">The group, which this owns.</param>
/// <param name="file">The file, in which texts are marked as JSON (<see cref="ParquetFooter"/>).</param>
/// <param name="most">Values that a column may have.</param>
internal sealed class ParquetRows(ParquetRowGroupReader rows, ParquetStream file, long most) : IDisposable
{
    /// <summary>Rows of the group.</summary>
    public int Count { get; } = (int)rows.RowCount;

    public void Dispose() => rows.Dispose();

    /// <summary>The values of a field; where the library does not know their type or encoding, each is one that says so when it is asked for.</summary>
    /// <exception cref="InvalidDataException">They are damaged; the message names the column.</exception>
    public ParquetColumn Column(Field field)
    {
        try
        {
            return new(field.Name, Values(field)) { Binary = BinaryOf(field) };
        }
        catch (Exception e) when (e is NotSupportedException or NotImplementedException)
        {
            return new(field.Name, Unread(e is NotImplementedException ? "lists in data pages of version 2" : e.Message));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidDataException($"the column '{field.Name}': {e.Message}", e);
        }
    }

    /// <summary>The values of a binary field, null where there is none.</summary>
    public byte[]?[] Bytes(DataField field) => Read<ReadOnlyMemory<byte>, byte[]>(field, bytes => bytes.ToArray(), new(field, About(field), Count, most));

    private static DataField? BinaryOf(Field field) => field switch
    {
        DataField { MaxRepetitionLevel: 0 } leaf when leaf.ClrType == typeof(ReadOnlyMemory<byte>) && Annotated(leaf) is null => leaf,
        StructField { Fields: var members } => members.OfType<DataField>().FirstOrDefault(member => member.Name == "bytes" && BinaryOf(member) is not null),
        _ => null,
    };

    private JsonNode?[] Values(Field field) => field switch
    {
        DataField { MaxRepetitionLevel: 0 } leaf => Each(leaf, new(leaf, About(leaf), Count, most)),
        DataField { MaxRepetitionLevel: 1 } leaf => Lists(leaf, leaf.MaxDefinitionLevel),
        ListField { Item: DataField { MaxRepetitionLevel: 1 } leaf } => Lists(leaf, EntryLevel(leaf)),
        ListField { Item: StructField { Fields: var members } item } when members.All(member => member is DataField { MaxRepetitionLevel: 1 }) =>
            Zipped([.. members.Select(member => (member.Name, Lists((DataField)member, EntryLevel(item))))]),
        StructField { Fields: var members } => Objects([.. members.Select(member => (member.Name, Values(member)))], Count),
        _ => Unread("it is nested deeper than a list of objects"),
    };

    private JsonNode?[] Unread(string why)
    {
        string said = $"is in a form of Parquet that is not read ({why.TrimEnd('.')}); write the column anew as text, numbers or lists of them, with the "
            + "writer's default encodings (version 1, Snappy), or the table as JSON lines";
        return [.. Enumerable.Range(0, Count).Select(_ => new JsonObject { [RawField.Unread] = said })];
    }

    private static JsonNode?[] Objects((string Name, JsonNode?[] Values)[] members, int rows) => [.. Enumerable.Range(0, rows).Select(row =>
        members.All(member => member.Values[row] is null) ? null
            : new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, member.Values[row]))))];

    /// <summary>Parallel lists as a list of objects.</summary>
    private JsonNode?[] Zipped((string Name, JsonNode?[] Values)[] members)
    {
        JsonNode?[] lists = new JsonNode?[Count];
        for (int row = 0; row < Count; row++)
        {
            (string Name, JsonNode?[] Values)[] entries = [.. members.Where(member => member.Values[row] is not null)
                .Select(member => (member.Name, member.Values[row]!.AsArray().Select(value => value?.DeepClone()).ToArray()))];
            if (entries.Length == 0) continue;
            if (entries.Any(entry => entry.Values.Length != entries[0].Values.Length)) throw new InvalidDataException("the members of a list differ in number");
            lists[row] = new JsonArray(Objects(entries, entries[0].Values.Length));
        }
        return lists;
    }

    /// <summary>The definition level from which on a list has an entry: one less is an empty list, and less than that none.</summary>
    private static int EntryLevel(Field entry) => entry.MaxDefinitionLevel - (entry.IsNullable ? 1 : 0);

    /// <summary>A list a row.</summary>
    private JsonNode?[] Lists(DataField field, int entryLevel)
    {
        ParquetLevels levels = new(field, About(field), Count, most);
        JsonNode?[] each = Each(field, levels), values = new JsonNode?[Count];
        for (int i = 0, row = -1; i < each.Length; i++)
        {
            if (levels.Repeated![i] == 0 && ++row == values.Length) throw new InvalidDataException($"it has more lists than the {values.Length} rows");
            int level = levels.Defined?[i] ?? entryLevel;
            if (row >= 0 && level >= entryLevel - 1) values[row] ??= new JsonArray();
            if (row >= 0 && level >= entryLevel) values[row]!.AsArray().Add(each[i]);
        }
        return values;
    }

    /// <summary>What the bytes or numbers of a field mean, where the library does not know.</summary>
    private static ConvertedType? Annotated(DataField field) => field.SchemaElement is not { } element ? null
        : element.LogicalType?.JSON is not null ? ConvertedType.JSON
        : element.LogicalType?.BSON is not null ? ConvertedType.BSON
        : element.LogicalType?.TIME is not null ? ConvertedType.TIME_MICROS
        : element.ConvertedType is ConvertedType.JSON or ConvertedType.BSON or ConvertedType.TIME_MILLIS or ConvertedType.TIME_MICROS ? element.ConvertedType
        : null;

    private JsonNode?[] Each(DataField field, ParquetLevels levels)
    {
        switch (Annotated(field))
        {
            case ConvertedType.JSON: return Of<ReadOnlyMemory<byte>>(Text);
            case ConvertedType.BSON: throw new NotSupportedException("it holds numbers of half precision (float16), or BSON");
            case not null: throw new NotSupportedException("it holds times of day");
        }
        if (field.ClrType == typeof(ReadOnlyMemory<byte>))
            return Of<ReadOnlyMemory<byte>>(bytes => new JsonObject { ["bytes"] = $"{bytes.Length} bytes" });
        if (field.ClrType == typeof(Guid)) return Of<Guid>(id => JsonValue.Create(id.ToString()));
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
            _ => throw new NotSupportedException($"its type is {field.ClrType.Name}"),
        };

        JsonNode?[] Of<TStored>(Func<TStored, JsonNode?> node) where TStored : struct => Read(field, node, levels);
    }

    private static JsonNode Text(ReadOnlyMemory<byte> utf8) => Utf8Text.Flaw(utf8.Span) is var (at, reason)
        ? new JsonObject { [RawField.Unread] = $"is no text: at byte {at + 1}, {reason.TrimEnd('.')}" } : JsonValue.Create(Encoding.UTF8.GetString(utf8.Span));

    /// <summary>What <paramref name="made"/> makes of each value that is there. The memory is our own and empty, as the library leaves what a damaged page
    /// lacks as it was.</summary>
    private TMade?[] Read<TStored, TMade>(DataField field, Func<TStored, TMade?> made, ParquetLevels levels)
        where TStored : struct where TMade : class
    {
        ParquetPages.Let(file, About(field));
        TStored[] packed = new TStored[levels.Count];
        rows.ReadRawAsync<TStored>(field, packed, levels.Defined?.AsMemory(), levels.Repeated?.AsMemory()).AsTask().GetAwaiter().GetResult();
        TMade?[] values = new TMade?[packed.Length];
        for (int i = 0, at = 0; i < values.Length; i++)
            if (levels.Defined is null || levels.Defined[i] == field.MaxDefinitionLevel) values[i] = made(packed[at++]);
        return values;
    }

    private ColumnMetaData About(DataField field) => rows.GetMetadata(field)?.MetaData ?? throw new InvalidDataException("it is missing");

    /// <summary>Where the values of a column in a group of rows belong, absent ones too.</summary>
    private sealed class ParquetLevels
    {
        /// <exception cref="InvalidDataException">They are as many as no file has.</exception>
        public ParquetLevels(DataField field, ColumnMetaData about, int rows, long most)
        {
            long count = about.NumValues;
            bool lists = field.MaxRepetitionLevel > 0;
            if (count < 0 || count > most || (lists ? count < rows : count != rows)) throw new InvalidDataException($"it claims {count} values in {rows} rows");
            Count = (int)count;
            if (field.MaxDefinitionLevel > 0) Defined = new int[Count];
            if (lists) Repeated = new int[Count];
        }

        public int Count { get; }

        /// <summary>How many of the fields around a value, and of itself, are there; null where all must be.</summary>
        public int[]? Defined { get; }

        /// <summary>0 where a row's list begins; null where there are no lists.</summary>
        public int[]? Repeated { get; }
    }
}
