namespace Das.Benchmarks.Text.Unicode;

/// <summary>Kinds of Unicode characters, beyond the basic plane too.</summary>
internal static class Characters
{
    /// <summary>Unicode's <c>White_Space</c>, all of it in the basic plane.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c);

    /// <summary>A number of any kind: a digit, <c>½</c>, <c>Ⅷ</c>, <c>①</c>.</summary>
    public static bool IsNumber(Rune rune) => Rune.IsNumber(rune);

    /// <summary>What the regular expression <c>\w</c> means by Unicode: letters, marks, decimal digits, connectors, joiners and lettered signs.</summary>
    public static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169)
            or (>= 0x1F170 and <= 0x1F189),
    };

    /// <summary>Lower case, whatever the language; <c>İ</c> is an i with a dot above.</summary>
    public static string Lower(string text) => text.Replace("\u0130", "i\u0307").ToLowerInvariant();

    /// <summary>The text without marks that take no room of their own.</summary>
    public static string WithoutMarks(string text) =>
        string.Concat(text.EnumerateRunes().Where(rune => Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark));

    /// <summary>Halves of surrogate pairs become U+FFFD, as no UTF-8 can spell them.</summary>
    public static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
