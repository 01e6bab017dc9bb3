namespace Das.Benchmarks.Scoring;

/// <summary>
/// GSM8K's answers as numbers: <c>18.0</c> is <c>18</c>, <c>-5</c> is not <c>5</c>, <c>.5</c> is <c>0.5</c>. The published evaluation compares
/// texts and loses the sign and the leading period (method §8 B16).
/// </summary>
public static partial class NumberAnswer
{
    /// <summary>The first number after <c>answer is</c>, without its commas; null where there is none.</summary>
    public static string? Of(string continuation)
    {
        if (Numeral().Match(continuation) is not { Success: true } numeral) return null;
        string sign = numeral.Groups["sign"].Length > 0 ? "-" : "";
        return sign + numeral.Groups["number"].Value.Replace(",", "");
    }

    /// <summary>Whether both are numbers and the same one; commas between digits do not matter.</summary>
    public static bool Equal(string? answer, string expected) => Value(answer) is { } value && value == Value(expected);

    private static decimal? Value(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands, CultureInfo.InvariantCulture,
            out decimal value) ? value : null;

    /// <summary>A sign counts where no letter or digit stands before it: in <c>A-5</c> it is a dash.</summary>
    [GeneratedRegex(@"answer is\b[^0-9]*?(?<sign>(?<![\w)])[-−]\s?)?[$€£]?(?<number>[0-9][0-9,]*(\.[0-9]+)?|\.[0-9]+)")]
    private static partial Regex Numeral();
}
