using System.Text.Json;

namespace Das.Ingest;

/// <summary>
/// What is kept of a dataset's tables while they are written: of each record batch, and of each whole table, how many raw rows have been used up to there
/// and which of them were unusable. An ingest that was ended goes on behind the last batch whose bytes are still as they were written.
/// </summary>
internal sealed class KeptTables : IDisposable
{
    private const string FileName = "tables.kept";

    private readonly string folder;
    private readonly List<Kept> earlier = [];
    private readonly SealedRecords records;
    private int taken;

    /// <param name="folder">The dataset's.</param>
    /// <param name="subject">All that the tables are made from.</param>
    public KeptTables(string folder, string subject)
    {
        this.folder = folder;
        records = new(Path.Combine(folder, FileName), subject, record => earlier.Add(JsonSerializer.Deserialize<Kept>(record)!));
    }

    /// <summary>The next table as an earlier ingest completed it, its unusable rows reported; null where it did not.</summary>
    public DatasetFile? Whole(string table, BadInputs bad)
    {
        Kept[] own = [.. earlier.Skip(taken).TakeWhile(kept => kept.Table == table)];
        if (own.LastOrDefault()?.Whole is not { } whole || !File.Exists(Path.Combine(folder, table))) return null;
        if (DatasetManifest.Describe(folder, table, whole.Rows, whole.Questions) != whole) return null;
        foreach (Kept kept in own) bad.Report(kept.Bad);
        taken += own.Length;
        return whole;
    }

    /// <summary>Gives a writer the batches that an earlier ingest wrote of the next table, and reports their unusable rows.</summary>
    /// <returns>How many raw rows they were made from.</returns>
    public long GoOn(string table, TableWriter writer, BadInputs bad)
    {
        long rows = 0;
        for (; taken < earlier.Count && earlier[taken] is { Batch: { } batch } kept && kept.Table == table && writer.TryTake(batch); taken++)
        {
            bad.Report(kept.Bad);
            rows = kept.RawRows;
        }
        earlier.RemoveRange(taken, earlier.Count - taken);
        records.CutTo(taken);
        return rows;
    }

    /// <summary>Keeps a batch of a table.</summary>
    /// <param name="table">Its file's name.</param>
    /// <param name="rawRows">Raw rows of the table used so far.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="bad">Those of them behind the batch before it that could not be used.</param>
    public void Add(string table, long rawRows, WrittenBatch batch, IReadOnlyList<BadInput> bad) => Add(new(table, rawRows, bad) { Batch = batch });

    /// <summary>Keeps that a table is whole.</summary>
    public void Add(long rawRows, DatasetFile whole, IReadOnlyList<BadInput> bad) => Add(new(whole.Name, rawRows, bad) { Whole = whole });

    /// <summary>Deletes what is kept: the dataset is whole, or can never be.</summary>
    /// <param name="tables">Files whose unfinished tables are deleted, too.</param>
    public void Forget(IEnumerable<string> tables)
    {
        AtomicFile.RequireRight();
        records.Dispose();
        File.Delete(Path.Combine(folder, FileName));
        foreach (string table in tables) TableWriter.Forget(Path.Combine(folder, table));
    }

    public void Dispose() => records.Dispose();

    private void Add(Kept kept)
    {
        records.Add(JsonSerializer.SerializeToUtf8Bytes(kept));
        earlier.Add(kept);
        taken++;
    }

    private sealed record Kept(string Table, long RawRows, IReadOnlyList<BadInput> Bad)
    {
        public WrittenBatch? Batch { get; init; }
        public DatasetFile? Whole { get; init; }
    }
}
