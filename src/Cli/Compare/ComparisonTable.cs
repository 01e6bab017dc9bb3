using System.Globalization;
using Das.Cli.Display;
using Das.Foundation;

namespace Das.Cli.Compare;

/// <summary>Prints a comparison in the form of the paper's tables.</summary>
public static class ComparisonTable
{
    private const string Nothing = "–";

    private sealed record Format(Func<TextTable, string>? Write, Func<string, string> Note);

    private static readonly Dictionary<string, Format> formats = new()
    {
        ["text"] = new(null, note => note),
        ["markdown"] = new(table => table.Markdown() + "\n", note => $"- {note}"),
        ["latex"] = new(table => table.Latex(), note => $"% {note}"),
    };

    /// <summary>The formats that <see cref="Print"/> knows.</summary>
    public static IReadOnlyCollection<string> Formats => formats.Keys;

    /// <exception cref="UsageException">There is no such format.</exception>
    public static void RefuseUnknown(string format)
    {
        if (!formats.ContainsKey(format)) throw new UsageException(Nearest.Unknown("format", format, Formats));
    }

    /// <summary>Prints the table and below it what a reader must know.</summary>
    public static void Print(Terminal terminal, Comparison comparison, string format)
    {
        var table = Of(comparison);
        var (write, note) = formats[format];
        if (write is null) terminal.Console.Write(table.Console());
        else terminal.Output.Write(write(table));
        foreach (string sentence in comparison.Notes) terminal.Output.WriteLine(note(sentence));
    }

    /// <summary>The paper's columns, without those that nobody has.</summary>
    public static TextTable Of(Comparison comparison)
    {
        var rows = comparison.Rows;
        List<(string Title, Func<ComparisonRow, string> Cell)> columns = [("method", row => row.Method.Name)];
        if (rows.Any(row => row.UpdatedParameters is not null)) columns.Add(("updated parameters (M)", row => Figure(row.UpdatedParameters / 1e6)));
        if (rows.Any(row => row.AdditionalMacs is not null)) columns.Add(("additional MACs (G)", row => Figure(row.AdditionalMacs / 1e9)));
        columns.AddRange(comparison.Columns.Select((column, i) => ($"{column.Title} (%)", (Func<ComparisonRow, string>)(row => Percent(row.Scores[i])))));
        if (comparison.Columns.Count > 1) columns.Add(("average", row => Percent(row.Average)));
        return new([.. columns.Select(column => column.Title)], [.. rows.Select(row => columns.Select(column => column.Cell(row)).ToList())], Words: 1);
    }

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
