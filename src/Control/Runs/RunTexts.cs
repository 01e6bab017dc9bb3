using System.Buffers;

namespace Das.Control.Runs;

/// <summary>How long what is said of runs may be: what people say is refused beyond it, what comes over the bus is cut and says so.</summary>
public static class RunTexts
{
    public const int LongestName = 200, LongestNotes = 20_000, LongestTag = 64, MostTags = 32, LongestRecipe = 1 << 20;

    /// <summary>An error, a line of the log.</summary>
    public const int LongestSentence = 4_000;

    /// <summary>Numbers of an evaluation.</summary>
    public const int MostMetrics = 256, LongestMetric = 64;

    private static readonly SearchValues<char> Hidden =
        SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(code => (char)code).Where(char.IsControl).Except("\n\r\t")]);

    /// <exception cref="DasException">The text has too many characters, or fewer than <paramref name="least"/>, or one that nobody can see.</exception>
    internal static string Check(string what, string text, int most, int least = 0)
    {
        if (text.Length < least || text.Length > most)
            throw new DasException(ErrorKind.Usage, $"{what}: {(least > 0 ? $"{least} to" : "at most")} {most} characters, not {text.Length}.");
        int hidden = text.AsSpan().IndexOfAny(Hidden);
        return hidden < 0 ? text : throw new DasException(ErrorKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"{what}: no control character such as U+{(int)text[hidden]:X4}."));
    }

    /// <summary>The beginning of a text that is too long, and how much more there was.</summary>
    internal static string Cut(string text, int most)
    {
        if (text.Length <= most) return text;
        int kept = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return string.Create(CultureInfo.InvariantCulture, $"{text[..kept]}… ({text.Length - kept} more characters)");
    }
}
