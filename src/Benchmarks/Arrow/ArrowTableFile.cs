using Apache.Arrow.Ipc;

namespace Das.Benchmarks.Arrow;

/// <summary>
/// An Arrow IPC file opened without reading its data: the footer leads to the record batches, whose columns are read where they are mapped,
/// so that a 13 GB table costs no memory and a shuffled sample touches only its own pages.
/// </summary>
internal sealed class ArrowTableFile : IDisposable
{
    private const string Magic = "ARROW1";

    private readonly MappedFile file;

    /// <summary>Name → column, for every batch in order.</summary>
    public IReadOnlyList<(long Rows, IReadOnlyDictionary<string, StoredColumn> Columns)> Batches { get; }

    /// <exception cref="DasException">Not a whole, uncompressed Arrow file.</exception>
    public ArrowTableFile(string path)
    {
        file = MappedFile.Open(path);
        try
        {
            FlatTable footer = Footer();
            using ArrowFileReader reader = new(File.OpenRead(path));
            Schema schema = reader.Schema;
            Batches = [.. footer.Structs(3, size: 24).Select(block => Batch(schema, file.Read<long>(block), file.Read<int>(block + 8)))];
        }
        catch (Exception e) when (e is not DasException)
        {
            file.Dispose();
            throw new DasException(ErrorKind.Data, $"{path} is damaged: {e.Message}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => file.Dispose();

    private FlatTable Footer()
    {
        int magic = Magic.Length;
        bool whole = file.Length > 2 * magic + 4 && file.Span(0, magic).SequenceEqual("ARROW1"u8) && file.Span(file.Length - magic, magic)
            .SequenceEqual("ARROW1"u8);
        if (!whole) throw new DasException(ErrorKind.Data, $"{file.Path} is not a whole Arrow file: it must begin and end with {Magic}; was it cut off?");
        long end = file.Length - magic - 4, length = file.Read<int>(end);
        if (length <= 0 || length > end) throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: its footer claims {length} bytes.");
        return FlatTable.Root(file, end - length);
    }

    private (long, IReadOnlyDictionary<string, StoredColumn>) Batch(Schema schema, long offset, int metadata)
    {
        const uint continuation = 0xFFFFFFFF; // Absent in files older than Arrow 0.15.
        const int recordBatch = 3;
        FlatTable message = FlatTable.Root(file, offset + (file.Read<uint>(offset) == continuation ? 8 : 4));
        if (message.Scalar<byte>(1) != recordBatch) throw new DasException(ErrorKind.Data,
            $"{file.Path} is damaged: there is no record batch at byte {offset}.");
        FlatTable header = message.Table(2);
        if (header.Has(3)) throw new DasException(ErrorKind.Data, $"{file.Path} is compressed; write it without compression.");

        long body = offset + metadata;
        Queue<long> nodes = new(header.Structs(1, size: 16).Select(at => file.Read<long>(at)));
        Queue<(long, long)> buffers = new(header.Structs(2, size: 16).Select(at => Buffer(body, file.Read<long>(at), file.Read<long>(at + 8))));
        Dictionary<string, StoredColumn> columns = [];
        foreach (Field field in schema.FieldsList) columns[field.Name] = new(file, field.Name, field.DataType, nodes, buffers);
        return (header.Scalar<long>(0), columns);
    }

    private (long, long) Buffer(long body, long offset, long length)
    {
        if (offset < 0 || length < 0 || body + offset > file.Length - length)
            throw new DasException(ErrorKind.Data, $"{file.Path} is damaged: a buffer lies beyond its end.");
        return (body + offset, length);
    }
}
