using System.Text.RegularExpressions;

namespace Das.Reports.Tables;

/// <summary>A table that can be put into a Markdown page, typeset, or read by programs.</summary>
/// <param name="Columns">Their titles.</param>
/// <param name="Rows">Each as long as <paramref name="Columns"/>.</param>
/// <param name="Words">How many columns, from the left, hold words; figures are aligned to the right.</param>
public sealed partial record TextTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, int Words)
{
    private static readonly Dictionary<char, string> latex = new()
    {
        ['\\'] = @"\textbackslash{}", ['{'] = @"\{", ['}'] = @"\}", ['$'] = @"\$", ['&'] = @"\&", ['#'] = @"\#", ['%'] = @"\%",
        ['_'] = @"\_", ['^'] = @"\textasciicircum{}", ['~'] = @"\textasciitilde{}", ['±'] = @"$\pm$", ['−'] = "$-$", ['–'] = "--",
    };

    /// <summary>As GitHub renders it.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        AppendMarkdown(text, Columns);
        text.Append('|').AppendJoin('|', Columns.Select((_, i) => i < Words ? "---" : "---:")).Append("|\n");
        foreach (var row in Rows) AppendMarkdown(text, row);
        return text.ToString();
    }

    /// <summary>A <c>tabular</c> for the package booktabs.</summary>
    public string Latex()
    {
        var text = new StringBuilder($@"\begin{{tabular}}{{{new string('l', Words)}{new string('r', Columns.Count - Words)}}}").Append("\n\\toprule\n");
        AppendLatex(text, Columns);
        text.Append("\\midrule\n");
        foreach (var row in Rows) AppendLatex(text, row);
        return text.Append("\\bottomrule\n\\end{tabular}\n").ToString();
    }

    /// <summary>Comma-separated as in RFC 4180, with a line feed; a text that a spreadsheet would take for a formula begins with an apostrophe.</summary>
    public string Csv() => string.Concat(Rows.Prepend(Columns).Select(row => string.Join(',', row.Select((cell, i) => CsvCell(cell, i < Words))) + "\n"));

    private static string CsvCell(string cell, bool words)
    {
        string safe = words && cell.Length > 0 && "=+-@\t\r".Contains(cell[0]) ? $"'{cell}" : cell;
        return safe.AsSpan().IndexOfAny(",\"\n\r") >= 0 ? $"\"{safe.Replace("\"", "\"\"")}\"" : safe;
    }

    private static void AppendMarkdown(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => MarkdownSpecial().Replace(cell, @"\$0"))).Append(" |\n");

    private static void AppendLatex(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendJoin(" & ", cells.Select(cell => string.Concat(cell.Select(c => latex.GetValueOrDefault(c, c.ToString()))))).Append(" \\\\\n");

    [GeneratedRegex(@"[|\\`*_<]")]
    private static partial Regex MarkdownSpecial();
}
