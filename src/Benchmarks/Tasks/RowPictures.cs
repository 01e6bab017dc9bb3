namespace Das.Benchmarks.Tasks;

/// <summary>
/// Finds the pictures of a split's rows by the rows' published ids, whatever the task. Opening it reads the ids alone; a picture is read where
/// it lies. Safe to read from many threads.
/// </summary>
public sealed class RowPictures : IDisposable
{
    private readonly List<ArrowTableFile> files = [];
    private readonly Dictionary<string, StoredRow> rows = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> pictures;

    /// <exception cref="DasException">There is no such split, or a table is damaged or lacks a column.</exception>
    public RowPictures(DatasetManifest dataset, string split)
    {
        pictures = dataset.Task.PictureColumns;
        try
        {
            foreach (string path in dataset.Tables(split, dataset.Task)) Add(path, dataset.Task.IdColumn);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The encoded pictures of the row, left before right; none where there is no such row or its text stands alone. Valid until disposal.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Of(string id) =>
        rows.TryGetValue(id, out StoredRow row) ? [.. pictures.Select(row.Bytes).Where(picture => !picture.IsEmpty)] : [];

    public void Dispose() => files.ForEach(file => file.Dispose());

    private void Add(string path, string id)
    {
        ArrowTableFile file = new(path);
        files.Add(file);
        foreach ((long count, IReadOnlyDictionary<string, StoredColumn> stored) in file.Batches)
        {
            if (pictures.Append(id).FirstOrDefault(name => !stored.ContainsKey(name)) is { } missing)
                throw new DasException(ErrorKind.Data, $"{path} lacks the column {missing}; it has {string.Join(", ", stored.Keys)}.");
            for (long at = 0; at < count; at++) rows.TryAdd(stored[id].Text(at), new(stored, at));
        }
    }
}
