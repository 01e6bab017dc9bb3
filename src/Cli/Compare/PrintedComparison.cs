namespace Das.Cli.Compare;

/// <summary>A comparison on the terminal, or in one of the formats of <see cref="ComparisonTable"/>.</summary>
public static class PrintedComparison
{
    /// <summary>The format for people.</summary>
    public const string Text = "text";

    /// <summary>The formats that <see cref="Print"/> knows.</summary>
    public static IReadOnlyCollection<string> Formats { get; } = [Text, .. ComparisonTable.Formats];

    /// <exception cref="DasException">There is no such format.</exception>
    public static void RefuseUnknown(string format)
    {
        if (!Formats.Contains(format)) throw new DasException(ErrorKind.Usage, Nearest.Unknown("format", format, Formats));
    }

    /// <summary>Prints the table and below it what a reader must know.</summary>
    public static void Print(Terminal terminal, Comparison comparison, string format)
    {
        if (format != Text)
        {
            terminal.Output.Write(ComparisonTable.Write(comparison, format));
            return;
        }
        terminal.Console.Write(RunDisplay.Table(ComparisonTable.Of(comparison)));
        foreach (string sentence in comparison.Notes) terminal.Output.WriteLine(sentence);
    }
}
