using Parquet;
using Parquet.Schema;

namespace Das.Benchmarks.Raw;

/// <summary>
/// The rows of a Parquet file, one row group in memory at a time: texts, numbers, truth values, lists and objects of them. Binary columns, which are
/// objects <c>{bytes}</c>, and <c>bytes</c> of an object <c>{bytes, path}</c> as Hugging Face's libraries store pictures, are read when they are asked for.
/// </summary>
internal static class ParquetItems
{
    /// <summary>A group of rows is read at once: what a damaged or hostile file claims beyond these is refused before memory is taken. Rows that take less
    /// than half a bit of the file are all alike.</summary>
    private const long MostRows = 1 << 24, AlwaysAllowedRows = 1 << 16, RowsPerByte = 16, MostBytes = 4L << 30;

    /// <inheritdoc cref="ItemFile.Of"/>
    public static IEnumerable<RawItem> Of(RawSource raw, string file, List<BadInput> unusable, CancellationToken cancel)
    {
        string name = raw.Describe(file);
        ParquetBytes bytes = new(raw, file);
        long row = 0;
        for (int group = 0; Group(raw, file, group, cancel) is var (columns, count); group++)
            for (int at = 0; at < count; at++)
            {
                cancel.ThrowIfCancellationRequested();
                JsonObject value = [];
                Dictionary<string, Func<byte[]>> binary = [];
                foreach (ParquetColumn column in columns)
                {
                    if (column.Binary is { } field) binary[column.Name] = bytes.Of(field, group, at, $"{name} row {row + 1}");
                    value[column.Name] = column[at];
                }
                yield return new($"{name} row {++row}", JsonSerializer.SerializeToElement(value)) { Binary = binary };
            }
    }

    /// <summary>Opens the file, does something, closes it; whatever a library finds wrong with a file is a sentence that names it.</summary>
    internal static T With<T>(RawSource raw, string file, Func<ParquetReader, ParquetStream, T> read)
    {
        try
        {
            using Stream stream = raw.Open(file);
            using ParquetStream marked = ParquetFooter.Marked(stream);
            ParquetReader reader = ParquetReader.CreateAsync(marked, leaveStreamOpen: true).GetAwaiter().GetResult();
            try
            {
                return read(reader, marked);
            }
            finally
            {
                reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
        catch (NotSupportedException e)
        {
            throw new DasException(ErrorKind.Data, $"{raw.Describe(file)} is in a form of Parquet that is not read: {e.Message.TrimEnd('.')}.", e);
        }
        catch (Exception e) when (e is not (DasException or OperationCanceledException))
        {
            throw new DasException(ErrorKind.Data,
                $"{raw.Describe(file)} is no whole Parquet file, or one that cannot be read ({e.Message.TrimEnd('.')}); copy or make it again.", e);
        }
    }

    /// <summary>A group of rows.</summary>
    /// <exception cref="DasException">It claims more than a file of this size has.</exception>
    internal static ParquetRows Rows(ParquetReader reader, ParquetStream stream, int group, string name)
    {
        ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        long most = Math.Min(MostRows, AlwaysAllowedRows + (RowsPerByte * stream.Length));
        if (rows.RowCount >= 0 && rows.RowCount <= most && rows.RowGroup.TotalByteSize is >= 0 and <= MostBytes) return new(rows, stream, most);
        (long count, long bytes) = (rows.RowCount, rows.RowGroup.TotalByteSize);
        rows.Dispose();
        throw new DasException(ErrorKind.Data, $"{name}: row group {group + 1} claims {count} rows and {bytes} bytes; of a file of this size at most "
            + $"{most} and {MostBytes} are read. Write the file in smaller row groups.");
    }

    private static (ParquetColumn[] Columns, int Rows)? Group(RawSource raw, string file, int group, CancellationToken cancel) =>
        With<(ParquetColumn[], int)?>(raw, file, (reader, stream) =>
        {
            cancel.ThrowIfCancellationRequested();
            if (group >= reader.RowGroupCount) return null;
            using ParquetRows rows = Rows(reader, stream, group, raw.Describe(file));
            return rows.Count == 0 ? ([], 0) : ([.. reader.Schema.Fields.Select(rows.Column)], rows.Count);
        });
}

/// <summary>Binary values of a Parquet file, of the two row groups that were asked for last.</summary>
internal sealed class ParquetBytes(RawSource raw, string file)
{
    private readonly List<(DataField Field, int Group, byte[]?[] Values)> kept = [];

    /// <summary>What reads one value.</summary>
    public Func<byte[]> Of(DataField field, int group, int row, string where) => () =>
        Values(field, group)[row] ?? throw new DasException(ErrorKind.Data, $"{where}: '{field.Path}' is empty.");

    private byte[]?[] Values(DataField field, int group)
    {
        lock (kept)
        {
            if (kept.Find(k => k.Field.Path.Equals(field.Path) && k.Group == group).Values is { } known) return known;
            byte[]?[] read = ParquetItems.With(raw, file, (reader, stream) =>
            {
                using ParquetRows rows = ParquetItems.Rows(reader, stream, group, raw.Describe(file));
                return rows.Bytes(field);
            });
            if (kept.Count == 2) kept.RemoveAt(0);
            kept.Add((field, group, read));
            return read;
        }
    }
}
