using CsvHelper;

namespace Das.Benchmarks.Raw;

/// <summary>
/// A file of comma-separated values (RFC 4180) whose first line names the columns; semicolons, tabs or bars may stand for the commas. Every value is a
/// text, an empty one is absent.
/// </summary>
internal static class CsvItems
{
    private const int LongestRecord = 64 << 20;

    /// <inheritdoc cref="ItemFile.Of"/>
    public static IEnumerable<RawItem> Of(RawSource raw, string file, List<BadInput> unusable, CancellationToken cancel)
    {
        string name = raw.Describe(file);
        CsvMalformedReason? flaw = null;
        using CsvReader csv = CsvReader.Create(Utf8Text.Open(raw.Open(file), name, ErrorKind.Data), new CsvReaderOptions
        {
            Separator = Path.GetExtension(file).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : null,
            MaxRecordSize = LongestRecord, TrackLineNumbers = true, OnMalformedRecord = record => flaw = record.Reason,
        }, leaveOpen: false);
        IReadOnlyList<string> columns = Columns(csv, name);
        while (Next(csv, name))
        {
            cancel.ThrowIfCancellationRequested();
            (long line, CsvMalformedReason? wrong) = (csv.LineNumber, flaw);
            flaw = null;
            if (wrong == CsvMalformedReason.UnterminatedQuote)
                throw new DasException(ErrorKind.Data, $"{name}:{line}: a quotation mark opens a text that never ends; the file was cut off, or a closing mark "
                    + "is missing, and how many rows that hides is unknown.");
            if (Flaw(csv, columns, wrong) is { } problem) unusable.Add(new($"{name} line {line}", problem));
            else yield return new($"{name} line {line}", Row(csv, columns));
        }
    }

    private static IReadOnlyList<string> Columns(CsvReader csv, string name)
    {
        IReadOnlyList<string> columns = Guarded(name, () => csv.Headers.ToArray());
        if (columns.All(string.IsNullOrWhiteSpace))
            throw new DasException(ErrorKind.Data, $"{name}: the file is empty; expected a first line with the names of the columns.");
        if (columns.FirstOrDefault(column => column.Contains('\ufffd', StringComparison.Ordinal)) is { } broken)
            throw new DasException(ErrorKind.Data, $"{name}:1: the column name '{broken}' is no UTF-8. Save the file as UTF-8.");
        if (columns.Where(column => column.Length > 0).GroupBy(column => column, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new DasException(ErrorKind.Data, $"{name}:1: the column '{twice.Key}' stands twice; give each a name of its own.");
        return columns;
    }

    private static string? Flaw(CsvReader csv, IReadOnlyList<string> columns, CsvMalformedReason? wrong)
    {
        if (wrong == CsvMalformedReason.TextAfterClosingQuote)
            return "Text follows the closing quotation mark of a value; a mark within a value is written twice.";
        if (csv.FieldCount != columns.Count) return $"It has {csv.FieldCount} values where the first line names {columns.Count} columns; "
            + "a value with the separator in it stands in quotation marks.";
        return Utf8Text.Flaw(csv.RawRecord) is var (at, reason) ? $"At {new Place(csv.LineNumber, 1).After(csv.RawRecord[..at])}, {reason}" : null;
    }

    private static JsonElement Row(CsvReader csv, IReadOnlyList<string> columns)
    {
        Dictionary<string, string?> row = [];
        for (int i = 0; i < columns.Count; i++)
            if (columns[i].Length > 0) row[columns[i]] = csv.IsEmpty(i) ? null : csv.GetString(i);
        return JsonSerializer.SerializeToElement(row);
    }

    private static bool Next(CsvReader csv, string name) => Guarded(name, csv.Read);

    private static T Guarded<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CsvFormatException or InvalidDataException)
        {
            throw new DasException(ErrorKind.Data, $"{name}: {e.Message}", e);
        }
    }
}
