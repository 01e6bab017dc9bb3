using Apache.Arrow.Ipc;

namespace Das.Benchmarks.Arrow;

/// <summary>
/// Writes rows as the published tables of a task are laid out (method §6.2): Arrow IPC file format, uncompressed. Record batches are bounded, so
/// memory is flat however long the table is. It is an <see cref="AtomicFile"/>.
/// </summary>
public sealed class TableWriter : IDisposable
{
    /// <summary>A batch is written once its pictures have this many bytes: enough to amortise the metadata, too little to be felt.</summary>
    public const int BatchBytes = 8 << 20;

    private const int BatchRows = 4096;

    private readonly TableLayout layout;
    private readonly AtomicFile file;
    private readonly ArrowFileWriter writer;
    private readonly List<TableRow> pending = [];
    private long pendingBytes;

    public long Rows { get; private set; }
    public long Samples { get; private set; }

    /// <param name="file">Its path.</param>
    /// <param name="layout">Its columns.</param>
    public TableWriter(string file, TableLayout layout)
    {
        this.layout = layout;
        this.file = new(file);
        writer = new(this.file.Content, layout.Columns, leaveOpen: true);
        writer.WriteStart();
    }

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
        writer.Dispose();
        file.Complete();
    }

    /// <summary>Without <see cref="Complete"/> nothing is left behind.</summary>
    public void Dispose()
    {
        writer.Dispose();
        file.Dispose();
    }

    private void WriteBatch()
    {
        using RecordBatch batch = new(layout.Columns, layout.Fill(pending), pending.Count);
        writer.WriteRecordBatch(batch);
        pending.Clear();
        pendingBytes = 0;
    }
}
