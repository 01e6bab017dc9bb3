namespace Das.Benchmarks.Arrow;

/// <summary>
/// An Arrow IPC file opened without reading its data: the footer leads to the record batches, whose columns are read where they lie, so that a 13 GB
/// table costs no memory and a shuffled sample touches only its own pages. Footer, schema and headers are read here and not by the Arrow library,
/// which believes what they say: its stack ends where a schema contains itself.
/// </summary>
internal sealed class ArrowTableFile : IDisposable
{
    private const string Magic = "ARROW1";

    private readonly BoundedFile file;

    /// <summary>Name → column, for every batch in order; all columns of a batch have its number of rows.</summary>
    public IReadOnlyList<(long Rows, IReadOnlyDictionary<string, StoredColumn> Columns)> Batches { get; }

    /// <exception cref="DasException">Not a whole, uncompressed Arrow file.</exception>
    public ArrowTableFile(string path)
    {
        try
        {
            file = BoundedFile.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Data, $"{path} cannot be opened: {e.Message}", e);
        }
        try
        {
            Batches = Read();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => file.Dispose();

    private List<(long, IReadOnlyDictionary<string, StoredColumn>)> Read()
    {
        (FlatTable footer, long footerStart) = Footer();
        IReadOnlyList<StoredField> schema = StoredField.Of(file.Path, footer.Table(1));
        List<(long, IReadOnlyDictionary<string, StoredColumn>)> batches = [];
        long end = 0;
        foreach (long block in footer.Structs(3, size: 24))
        {
            (long offset, long metadata, long body) = (file.Read<long>(block), file.Read<int>(block + 8), file.Read<long>(block + 16));
            bool follows = offset >= end && metadata > 0 && body >= 0 && offset <= footerStart - metadata && body <= footerStart - metadata - offset;
            if (!follows) throw Damaged($"record batch {batches.Count} is said to have {metadata} bytes of header and {body} of data at {offset}, where "
                + $"it follows the one before it, which ends at {end}, and ends before the footer at {footerStart}");
            batches.Add(Batch(schema, batches.Count, offset, metadata, body));
            end = offset + metadata + body;
        }
        return batches;
    }

    private (FlatTable Footer, long Start) Footer()
    {
        int magic = Magic.Length;
        bool whole = file.Length > 2 * magic + 4 && file.Bytes(0, magic).AsSpan().SequenceEqual("ARROW1"u8)
            && file.Bytes(file.Length - magic, magic).AsSpan().SequenceEqual("ARROW1"u8);
        if (!whole) throw new DasException(ErrorKind.Data, $"{file.Path} is not a whole Arrow file: it must begin and end with {Magic}; was it cut off?");
        long end = file.Length - magic - 4, length = file.Read<int>(end);
        if (length <= 0 || length > end) throw Damaged($"its footer claims {length} bytes");
        return (FlatTable.Root(file, end - length), end - length);
    }

    private (long, IReadOnlyDictionary<string, StoredColumn>) Batch(IReadOnlyList<StoredField> schema, int number, long offset, long metadata, long bytes)
    {
        const uint continuation = 0xFFFFFFFF; // Absent in files older than Arrow 0.15.
        const int recordBatch = 3;
        FlatTable message = FlatTable.Root(file, offset + (file.Read<uint>(offset) == continuation ? 8 : 4));
        if (message.Scalar<byte>(1) != recordBatch) throw Damaged($"there is no record batch at byte {offset}");
        FlatTable header = message.Table(2);
        if (header.Has(3)) throw new DasException(ErrorKind.Data, $"{file.Path} is compressed; write it without compression.");

        using IEnumerator<long> nodes = header.Structs(1, size: 16).Select(at => file.Read<long>(at)).GetEnumerator();
        using IEnumerator<(long, long)> buffers = header.Structs(2, size: 16)
            .Select(at => Buffer(offset + metadata, bytes, file.Read<long>(at), file.Read<long>(at + 8))).GetEnumerator();
        BatchParts parts = new(() => Next(nodes, "entries"), () => Next(buffers, "buffers"));
        long rows = header.Scalar<long>(0);
        Dictionary<string, StoredColumn> columns = [];
        foreach (StoredField field in schema)
        {
            StoredColumn column = new(file, field.Name, field, parts);
            if (column.Length != rows) throw Damaged($"record batch {number} claims {rows} rows, and its column '{field.Name}' has {column.Length}");
            columns.Add(field.Name, column);
        }
        return (rows, columns);

        T Next<T>(IEnumerator<T> list, string what) => list.MoveNext() ? list.Current
            : throw Damaged($"record batch {number} lists fewer {what} than its columns have");
    }

    private (long, long) Buffer(long body, long bytes, long offset, long length) => offset >= 0 && length >= 0 && offset <= bytes - length
        ? (body + offset, length)
        : throw Damaged($"a buffer of {length} bytes at {offset} lies beyond the {bytes} of its record batch");

    private DasException Damaged(string how) => new(ErrorKind.Data, $"{file.Path} is damaged: {how}.");
}
