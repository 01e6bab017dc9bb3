namespace Das.Reports.Tables;

/// <summary>A comparison in the form of the paper's tables.</summary>
public static class ComparisonTable
{
    private const string Nothing = "–";

    private static readonly Dictionary<string, (string Type, Func<Comparison, string> Write)> formats = new()
    {
        ["markdown"] = ("text/markdown", comparison => WithNotes(Of(comparison).Markdown() + "\n", comparison, "- ")),
        ["latex"] = ("application/x-latex", comparison => WithNotes(Of(comparison).Latex(), comparison, "% ")),
        ["csv"] = ("text/csv", comparison => Figures(comparison).Csv()),
    };

    /// <summary>The formats that <see cref="Write"/> knows.</summary>
    public static IReadOnlyCollection<string> Formats => formats.Keys;

    /// <summary>The whole text of a format: the table and, where the format has room for them, the notes.</summary>
    /// <exception cref="DasException">There is no such format.</exception>
    public static string Write(Comparison comparison, string format) => Known(format).Write(comparison);

    /// <summary>The format's media type.</summary>
    /// <exception cref="DasException">There is no such format.</exception>
    public static string TypeOf(string format) => Known(format).Type;

    /// <summary>The paper's columns, without those that nobody has.</summary>
    public static TextTable Of(Comparison comparison)
    {
        var rows = comparison.Rows;
        List<(string Title, Func<ComparisonRow, string> Cell)> columns = [("method", row => row.Method.Name)];
        if (rows.Any(row => row.UpdatedParameters is not null)) columns.Add(("updated parameters (M)", row => Figure(row.UpdatedParameters / 1e6)));
        if (rows.Any(row => row.AdditionalMacs is not null)) columns.Add(("additional MACs (G)", row => Figure(row.AdditionalMacs / 1e9)));
        columns.AddRange(comparison.Columns.Select((column, i) => ($"{column.Title} (%)", (Func<ComparisonRow, string>)(row => Percent(row.Scores[i])))));
        if (comparison.Columns.Count > 1) columns.Add(("average", row => Percent(row.Average)));
        return Table(columns, rows);
    }

    /// <summary>The same for programs: whole numbers, shares of one, spread and number of seeds in columns of their own, empty where unknown.</summary>
    private static TextTable Figures(Comparison comparison)
    {
        List<(string Title, Func<ComparisonRow, string> Cell)> columns =
        [
            ("method", row => row.Method.Name), ("updated parameters", row => Whole(row.UpdatedParameters)), ("MACs", row => Whole(row.Macs)),
                ("additional MACs", row => Whole(row.AdditionalMacs)),
        ];
        foreach ((ScoreColumn column, int i) in comparison.Columns.Select((column, i) => (column, i)))
        {
            columns.Add((column.Title, row => Whole(row.Scores[i]?.Mean)));
            columns.Add(($"{column.Title} ±", row => Whole(row.Scores[i]?.Spread)));
            columns.Add(($"{column.Title} seeds", row => Whole(row.Scores[i]?.Seeds)));
        }
        return Table(columns, comparison.Rows);
    }

    private static TextTable Table(List<(string Title, Func<ComparisonRow, string> Cell)> columns, IReadOnlyList<ComparisonRow> rows) =>
        new([.. columns.Select(column => column.Title)], [.. rows.Select(row => columns.Select(column => column.Cell(row)).ToList())], Words: 1);

    private static (string Type, Func<Comparison, string> Write) Known(string format) =>
        formats.TryGetValue(format, out var known) ? known : throw new DasException(ErrorKind.Usage, Nearest.Unknown("format", format, Formats));

    private static string WithNotes(string table, Comparison comparison, string mark) =>
        table + string.Concat(comparison.Notes.Select(note => $"{mark}{note}\n"));

    private static string Whole(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Two decimals, or three digits of what is smaller than 1.</summary>
    private static string Figure(double? value)
    {
        if (value is not { } known) return Nothing;
        if (known == 0) return "0";
        int decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(known))), 2, 6);
        return known.ToString($"F{decimals}", CultureInfo.InvariantCulture).Replace('-', '−');
    }

    private static string Percent(Score? score) => score switch
    {
        null => Nothing,
        { Spread: null } => Percent(score.Mean),
        { Seeds: 1 } => $"{Percent(score.Mean)} ± {Percent(score.Spread)}",
        _ => $"{Percent(score.Mean)} ± {Percent(score.Spread)} ({score.Seeds})",
    };

    private static string Percent(double? share) => share is { } known ? (100 * known).ToString("0.00", CultureInfo.InvariantCulture) : Nothing;
}
