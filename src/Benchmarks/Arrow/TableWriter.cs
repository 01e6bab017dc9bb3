using Apache.Arrow.Ipc;

namespace Das.Benchmarks.Arrow;

/// <summary>
/// Writes rows as the published tables of a task are laid out (method §6.2): Arrow IPC file format, uncompressed. Record batches are bounded, so
/// memory is flat however long the table is. The file has its name once it is whole.
/// </summary>
public sealed class TableWriter : IDisposable
{
    /// <summary>A batch is written once its pictures have this many bytes: enough to amortise the metadata, too little to be felt.</summary>
    public const int BatchBytes = 8 << 20;

    private const int BatchRows = 4096;
    private const int BeforeSchema = 8; // The file's magic, padded; what follows is a stream of messages.

    private readonly TableLayout layout;
    private readonly IDisposable file;
    private readonly Action complete;
    private readonly TablePart? part;
    private readonly Action<WrittenBatch>? written;
    private readonly ArrowFileWriter writer;
    private readonly List<TableRow> pending = [];
    private ArrowStreamReader? reader;
    private long pendingBytes;

    public long Rows { get; private set; }
    public long Samples { get; private set; }

    /// <summary>Begins a table; without <see cref="Complete"/> nothing is left behind.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="layout">Its columns.</param>
    public TableWriter(string file, TableLayout layout) : this(layout, new AtomicFile(file))
    {
    }

    /// <summary>
    /// Begins a table, or goes on with it: without <see cref="Complete"/> what was written stays beside its name, and the next writer takes it batch by
    /// batch (<see cref="TryTake"/>).
    /// </summary>
    /// <param name="file">Its path.</param>
    /// <param name="layout">Its columns.</param>
    /// <param name="written">Told of every batch, for <see cref="TryTake"/>.</param>
    public TableWriter(string file, TableLayout layout, Action<WrittenBatch> written) : this(layout, new TablePart(file)) => this.written = written;

    private TableWriter(TableLayout layout, AtomicFile file) : this(layout, file, file.Content, file.Complete)
    {
    }

    private TableWriter(TableLayout layout, TablePart part) : this(layout, part, part, part.Complete) => this.part = part;

    private TableWriter(TableLayout layout, IDisposable file, Stream content, Action complete)
    {
        (this.layout, this.file, this.complete) = (layout, file, complete);
        writer = new(content, layout.Columns, leaveOpen: true);
        writer.WriteStart();
    }

    /// <summary>Takes the next batch that an earlier writer wrote, before any row is added.</summary>
    /// <returns>False where the file does not hold it as it was written: the table goes on behind the batch before it.</returns>
    public bool TryTake(WrittenBatch batch)
    {
        if (!part!.Knows(batch.End, batch.Sha256)) return false;
        if (reader is null)
        {
            Stream messages = part.Reading();
            messages.Position = BeforeSchema;
            reader = new(messages);
        }
        // The Arrow library writes it once more, for its list of batches; the file has these bytes already.
        using (RecordBatch kept = reader.ReadNextRecordBatch()) writer.WriteRecordBatch(kept);
        if (part.Written() != batch.Sha256) throw new InvalidOperationException($"A record batch that ends at {batch.End} is not written as it was.");
        (Rows, Samples) = (batch.Rows, batch.Samples);
        return true;
    }

    /// <summary>Deletes what an earlier writer left of a table.</summary>
    public static void Forget(string file) => File.Delete(TablePart.Beside(file));

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
        complete();
    }

    public void Dispose()
    {
        writer.Dispose();
        reader?.Dispose();
        file.Dispose();
    }

    private void WriteBatch()
    {
        using RecordBatch batch = new(layout.Columns, layout.Fill(pending), pending.Count);
        writer.WriteRecordBatch(batch);
        pending.Clear();
        pendingBytes = 0;
        if (part is not null) written!(new(Rows, Samples, part.Position, part.Written()));
    }
}

/// <summary>A record batch of a table under way.</summary>
/// <param name="Rows">Rows of the table up to its end.</param>
/// <param name="Samples">Samples up to there.</param>
/// <param name="End">Where it ends in the file.</param>
/// <param name="Sha256">Digest of the bytes from the end of the batch before it, or the file's beginning, on.</param>
public sealed record WrittenBatch(long Rows, long Samples, long End, string Sha256);
