namespace Das.Benchmarks.Raw;

/// <summary>The items of a file whose form its ending says: CSV, JSON lines, a JSON list or Parquet. Fields are named by the columns or keys.</summary>
public static class ItemFile
{
    private static readonly Dictionary<string, Reader> Readers = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = CsvItems.Of, [".tsv"] = CsvItems.Of, [".txt"] = CsvItems.Of,
        [".jsonl"] = JsonLines.Of, [".ndjson"] = JsonLines.Of,
        [".json"] = (raw, file, unusable, cancel) => JsonItems.Of(raw, file, property: null, unusable, cancel),
        [".parquet"] = ParquetItems.Of,
    };

    private delegate IEnumerable<RawItem> Reader(RawSource raw, string file, List<BadInput> unusable, CancellationToken cancel);

    /// <summary>Endings of files that are found by their names alone; a <c>.txt</c> is CSV only where it is named.</summary>
    public static IReadOnlyList<string> Endings { get; } = [.. Readers.Keys.Where(ending => ending != ".txt")];

    /// <summary>The items in the order of the file; memory does not grow with its length.</summary>
    /// <param name="raw">Holds the file.</param>
    /// <param name="file">Its name.</param>
    /// <param name="unusable">Gets every item that cannot be read.</param>
    /// <param name="cancel">Ends reading.</param>
    /// <exception cref="DasException">The file is of none of these forms, damaged or cut off; the message names it and where there is one the line.</exception>
    public static IEnumerable<RawItem> Of(RawSource raw, string file, List<BadInput> unusable, CancellationToken cancel = default) =>
        Readers.TryGetValue(Path.GetExtension(file), out Reader? read) ? read(raw, file, unusable, cancel)
            : throw new DasException(ErrorKind.Data, $"{raw.Describe(file)}: the ending '{Path.GetExtension(file)}' is none of "
                + $"{string.Join(", ", Readers.Keys)}; save it in one of these forms.");
}
