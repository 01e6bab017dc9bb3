using Apache.Arrow.Ipc;

namespace Das.Benchmarks.Arrow;

/// <summary>
/// Writes rows as the published tables of a task are laid out (method §6.2): Arrow IPC file format, uncompressed. Record batches are bounded, so
/// memory is flat however long the table is. The file is written beside its name and takes it in <see cref="Complete"/>.
/// </summary>
public sealed class TableWriter : IDisposable
{
    /// <summary>A batch is written once its pictures have this many bytes: enough to amortise the metadata, too little to be felt.</summary>
    public const int BatchBytes = 8 << 20;

    private const int BatchRows = 4096;

    private readonly string file;
    private readonly TableLayout layout;
    private readonly FileStream stream;
    private readonly ArrowFileWriter writer;
    private readonly List<TableRow> pending = [];
    private long pendingBytes;

    public long Rows { get; private set; }
    public long Samples { get; private set; }

    public TableWriter(string file, TableLayout layout)
    {
        this.file = file;
        this.layout = layout;
        stream = File.Create(Partial);
        writer = new(stream, layout.Columns, leaveOpen: true);
        writer.WriteStart();
    }

    private string Partial => file + ".partial";

    public void Add(TableRow row)
    {
        pending.Add(row);
        Rows++;
        Samples += row.Content.Samples;
        pendingBytes += row.Images.Sum(i => i.Length);
        if (pendingBytes >= BatchBytes || pending.Count == BatchRows) WriteBatch();
    }

    /// <summary>Writes what is pending and the footer, flushes to the disk and gives the file its name.</summary>
    public void Complete()
    {
        if (pending.Count > 0 || Rows == 0) WriteBatch();
        writer.WriteEnd();
        stream.Flush(flushToDisk: true);
        writer.Dispose();
        stream.Dispose();
        File.Move(Partial, file, overwrite: true);
    }

    /// <summary>Without <see cref="Complete"/> nothing is left behind.</summary>
    public void Dispose()
    {
        writer.Dispose();
        stream.Dispose();
        File.Delete(Partial);
    }

    private void WriteBatch()
    {
        using RecordBatch batch = new(layout.Columns, layout.Fill(pending), pending.Count);
        writer.WriteRecordBatch(batch);
        pending.Clear();
        pendingBytes = 0;
    }
}
