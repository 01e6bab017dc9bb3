using System.Buffers.Binary;

namespace Das.Benchmarks.Raw;

/// <summary>
/// Walks a Parquet file's metadata (Thrift's compact protocol, https://github.com/apache/parquet-format) before a library reads them: where they end
/// too soon or a field is of another type than the format says, the library would read for ever, and where columns are nested too deep, the process
/// would end. On the way, texts are marked as JSON, which the library hands out as bytes: of texts it replaces what is no UTF-8, and counts the prefixes of
/// DELTA_BYTE_ARRAY in characters. Numbers of half precision, for which it refuses the file, are marked as BSON.
/// </summary>
internal ref struct ParquetFooter
{
    private const int Deepest = 32, Largest = 256 << 20, Tail = 8, ChildrenField = 5, ConvertedField = 6;
    private const string Schema = "SchemaElement", Logical = "LogicalType";

    /// <summary>Structure → field → its type: n a number, y a byte, t a truth value, d a real number, b bytes, another structure, and [ a list of what
    /// follows.</summary>
    private static readonly Dictionary<string, Dictionary<long, string>> Types = new()
    {
        ["FileMetaData"] = Fields("n", $"[{Schema}", "n", "[RowGroup", "[KeyValue", "b", "[ColumnOrder", "Unread", "b"),
        [Schema] = Fields("n", "n", "n", "b", "n", "n", "n", "n", "n", Logical),
        [Logical] = Fields("Empty", "Empty", "Empty", "Empty", "Decimal", "Empty", "Time", "Time", "Empty", "Int", "Empty", "Empty", "Empty", "Empty",
            "Empty", "Variant", "Geometry", "Geometry"),
        ["Decimal"] = Fields("n", "n"),
        ["Time"] = Fields("t", "TimeUnit"),
        ["TimeUnit"] = Fields("Empty", "Empty", "Empty"),
        ["Int"] = Fields("y", "t"),
        ["Variant"] = Fields("y"),
        ["Geometry"] = Fields("b", "n"),
        ["RowGroup"] = Fields("[ColumnChunk", "n", "n", "[SortingColumn", "n", "n", "n"),
        ["SortingColumn"] = Fields("n", "t", "t"),
        ["ColumnChunk"] = Fields("b", "n", "ColumnMetaData", "n", "n", "n", "n", "Unread", "b"),
        ["ColumnMetaData"] = Fields("n", "[n", "[b", "n", "n", "n", "n", "[KeyValue", "n", "n", "n", "Statistics", "[PageEncodingStats", "n", "n",
            "SizeStatistics", "GeospatialStatistics"),
        ["Statistics"] = Fields("b", "b", "n", "n", "b", "b", "t", "t"),
        ["PageEncodingStats"] = Fields("n", "n", "n"),
        ["SizeStatistics"] = Fields("n", "[n", "[n"),
        ["GeospatialStatistics"] = Fields("BoundingBox", "[n"),
        ["BoundingBox"] = Fields("d", "d", "d", "d", "d", "d", "d", "d"),
        ["KeyValue"] = Fields("b", "b"),
        ["ColumnOrder"] = Fields("Empty", "Empty"),
        ["PageHeader"] = Fields("n", "n", "n", "n", "DataPage", "Unread", "DictionaryPage", "DataPageV2"),
        ["DataPage"] = Fields("n", "n", "n", "n", "Statistics"),
        ["DictionaryPage"] = Fields("n", "n", "t"),
        ["DataPageV2"] = Fields("n", "n", "n", "n", "n", "n", "t", "Statistics"),
        ["Empty"] = Fields(),
        ["Unread"] = Fields(),
    };

    /// <summary>ConvertedType and LogicalType, as the format numbers them.</summary>
    private const int Utf8 = 0, Enumerated = 4, Json = 19, LogicalText = 1, LogicalEnumerated = 4, LogicalJson = 12, LogicalBson = 13, LogicalHalf = 15;

    private readonly Span<byte> bytes;
    private readonly List<long> children = [];
    private readonly Numbers? numbers;
    private int at;

    private ParquetFooter(Span<byte> bytes, Numbers? numbers = null)
    {
        this.bytes = bytes;
        this.numbers = numbers;
    }

    /// <summary>Walks a page's header, with which <paramref name="bytes"/> begin.</summary>
    /// <returns>Its numbers and its length; null where the bytes are not all of it, or damaged.</returns>
    public static (Numbers Numbers, int Length)? PageHeader(byte[] bytes)
    {
        Numbers numbers = new();
        ParquetFooter header = new(bytes, numbers);
        try
        {
            header.Struct(0, "PageHeader");
            return (numbers, header.at);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <returns>The file with these marks; disposing of it does not dispose of <paramref name="file"/>.</returns>
    /// <exception cref="InvalidDataException">The file has no whole metadata; the message says why, after its name.</exception>
    public static ParquetStream Marked(Stream file)
    {
        Span<byte> tail = stackalloc byte[Tail];
        if (file.Length < Tail + 4) throw new InvalidDataException("it is too short");
        file.Seek(-Tail, SeekOrigin.End);
        file.ReadExactly(tail);
        if (tail[4..].SequenceEqual("PARE"u8)) throw new InvalidDataException("it is encrypted");
        if (!tail[4..].SequenceEqual("PAR1"u8)) throw new InvalidDataException("it does not end in PAR1");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (length > file.Length - Tail - 4 || length > Largest) throw new InvalidDataException($"it claims {length} bytes of metadata");
        byte[] metadata = new byte[length];
        file.Seek(-Tail - length, SeekOrigin.End);
        file.ReadExactly(metadata);
        file.Seek(0, SeekOrigin.Begin);
        ParquetFooter footer = new(metadata);
        footer.Struct(0, "FileMetaData");
        footer.ThrowIfDeep();
        return new ParquetStream(file, file.Length - Tail - length, metadata);
    }

    private static Dictionary<long, string> Fields(params string[] types) => types.Select((type, i) => (type, i)).ToDictionary(t => t.i + 1L, t => t.type);

    /// <summary>The schema is a tree written depth first, of which each node says how many children follow.</summary>
    private readonly void ThrowIfDeep()
    {
        Stack<long> open = [];
        foreach (long count in children)
        {
            if (count < 0 || count > children.Count) throw new InvalidDataException("its schema is damaged");
            while (open.TryPop(out long left))
                if (left > 0)
                {
                    open.Push(left - 1);
                    break;
                }
            open.Push(count);
            if (open.Count > Deepest) throw new InvalidDataException($"its columns are nested more than {Deepest} deep");
        }
    }

    private void Struct(int depth, string? name)
    {
        if (depth > Deepest) throw Broken();
        long field = 0, count = 0;
        while (Next() is var head && head != 0)
        {
            field = head >> 4 == 0 ? Signed() : field + (head >> 4);
            int type = head & 0xf;
            string? known = name is not null && Types[name].TryGetValue(field, out string? told) ? told : null;
            int from = at;
            if (name == Logical) Mark(field, from - 1);
            if (name == Schema && field == ChildrenField && Is(type, known!)) count = Signed();
            else if (numbers is not null && known is "n" or "t" && Is(type, known)) numbers.Add(name!, field, known == "n" ? Signed() : type == 1 ? 1 : 0);
            else Value(type, depth, known, inList: false);
            if (name == Schema && field == ConvertedField && at == from + 1 && bytes[from] is 2 * Utf8 or 2 * Enumerated) bytes[from] = 2 * Json;
        }
        if (name == Schema) children.Add(count);
    }

    /// <param name="type">The logical type that is stated.</param>
    /// <param name="last">Where the last byte stands that states it: 4 bits with those of the structure, or all of it as a signed number.</param>
    private readonly void Mark(long type, int last)
    {
        int instead = type is LogicalText or LogicalEnumerated ? LogicalJson : type == LogicalHalf ? LogicalBson : 0;
        if (instead == 0) return;
        bytes[last] = (byte)(bytes[last] == 2 * type ? 2 * instead : (instead << 4) | (bytes[last] & 0xf));
    }

    private static bool Is(int type, string known) => known[0] switch
    {
        '[' => type is 9,
        'n' => type is 4 or 5 or 6,
        'y' => type is 3,
        't' => type is 1 or 2,
        'd' => type is 7,
        'b' => type is 8,
        _ => type is 12,
    };

    /// <param name="type">As it is written.</param>
    /// <param name="depth">Of the structure around.</param>
    /// <param name="known">As the format says; null for a field that it does not know, or did not yet.</param>
    /// <param name="inList">A truth value in a list takes a byte; that of a field is its type.</param>
    private void Value(int type, int depth, string? known, bool inList)
    {
        if (known is not null && !Is(type, known)) throw Broken();
        switch (type)
        {
            case 1 or 2 when !inList: break;
            case 1 or 2 or 3: Skip(1); break;
            case 4 or 5 or 6: Unsigned(); break;
            case 7: Skip(sizeof(double)); break;
            case 8: Skip(Unsigned()); break;
            case 9 or 10: List(depth, known?[1..]); break;
            case 11: Map(depth); break;
            case 12: Struct(depth + 1, known); break;
            case 13: Skip(16); break;
            default: throw Broken();
        }
    }

    private void List(int depth, string? known)
    {
        byte head = Next();
        long size = head >> 4 == 15 ? Unsigned() : head >> 4;
        if (size > bytes.Length - at) throw Broken(); // Every value takes a byte or more.
        for (long i = 0; i < size; i++) Value(head & 0xf, depth + 1, known, inList: true);
    }

    private void Map(int depth)
    {
        long size = Unsigned();
        if (size == 0) return;
        if (size > bytes.Length - at) throw Broken();
        byte types = Next();
        for (long i = 0; i < size; i++)
        {
            Value(types >> 4, depth + 1, null, inList: true);
            Value(types & 0xf, depth + 1, null, inList: true);
        }
    }

    private byte Next() => at < bytes.Length ? bytes[at++] : throw Broken();

    private void Skip(long count)
    {
        if (count > bytes.Length - at) throw Broken();
        at += (int)count;
    }

    /// <summary>A number of 7 bits a byte, the lowest first.</summary>
    private long Unsigned()
    {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte next = Next();
            value |= (long)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
        return Next() <= 1 ? long.MaxValue : throw Broken(); // A number of 64 bits, which no length is.
    }

    /// <summary>A number whose lowest bit is its sign.</summary>
    private long Signed() => Unsigned() is var value && (value & 1) == 0 ? value >> 1 : -(value >> 1) - 1;

    private static InvalidDataException Broken() => new("its metadata are cut off or damaged");

    /// <summary>The numbers of a page's header, and truth values as 1 and 0: structure and field → value.</summary>
    public sealed class Numbers
    {
        private readonly Dictionary<(string Structure, long Field), long> values = [];

        /// <exception cref="InvalidDataException">There is none.</exception>
        public long this[string structure, long field] => values.TryGetValue((structure, field), out long value) ? value : throw Broken();

        public bool Has(string structure, long field, long value) => values.TryGetValue((structure, field), out long held) && held == value;

        /// <exception cref="InvalidDataException">It is there already: the first and the last may differ.</exception>
        public void Add(string structure, long field, long value)
        {
            if (!values.TryAdd((structure, field), value)) throw Broken();
        }
    }
}
