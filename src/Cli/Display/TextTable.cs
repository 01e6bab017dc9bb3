using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Das.Cli.Display;

/// <summary>A table that can be shown on the terminal, put into a Markdown page or typeset.</summary>
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

    /// <summary>In the style of all our tables.</summary>
    public Table Console()
    {
        var table = RunDisplay.Table([.. Columns.Select(Markup.Escape)]);
        foreach (var column in table.Columns.Skip(Words)) column.Alignment = Justify.Right;
        foreach (var row in Rows) table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }

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

    private static void AppendMarkdown(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => MarkdownSpecial().Replace(cell, @"\$0"))).Append(" |\n");

    private static void AppendLatex(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendJoin(" & ", cells.Select(cell => string.Concat(cell.Select(c => latex.GetValueOrDefault(c, c.ToString()))))).Append(" \\\\\n");

    [GeneratedRegex(@"[|\\`*_<]")]
    private static partial Regex MarkdownSpecial();
}
