using Das.Benchmarks.Text.Unicode;

namespace Das.Benchmarks.Text.Fast;

/// <summary>What BERT does to a text before it is cut (<c>BertNormalizer</c>).</summary>
/// <param name="Cleans">Whether control characters go, and white space of any kind is a space.</param>
/// <param name="SeparatesCjk">Whether a CJK character is a word of its own.</param>
/// <param name="StripsAccents">Whether characters are decomposed and their marks go.</param>
/// <param name="Lowers">Whether letters become lower-case.</param>
/// <param name="DropsUnassigned">Whether cleaning takes code points without a character away: BERT's own code does, Hugging Face's library does not.</param>
internal sealed record BertCleaning(bool Cleans, bool SeparatesCjk, bool StripsAccents, bool Lowers, bool DropsUnassigned)
{
    /// <summary>BERT-uncased's.</summary>
    public static BertCleaning Uncased { get; } = new(true, true, true, true, DropsUnassigned: true);
}

/// <summary>BERT's first step: clean, lower-case, strip accents, and cut at spaces, punctuation and around CJK characters.</summary>
internal static class BasicTokenizer
{
    /// <summary>The words of a text as BERT-uncased reads it.</summary>
    public static IEnumerable<string> Split(string text)
    {
        string cleaned = Cleaned(text, BertCleaning.Uncased);
        return Words(cleaned).Select(word => cleaned[word.From..word.To]);
    }

    /// <summary>The text before it is cut.</summary>
    public static string Cleaned(string text, BertCleaning rules)
    {
        StringBuilder kept = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            if (rules.Cleans && IsSpace(rune)) kept.Append(' ');
            else if (rules.Cleans && IsDropped(rune, rules.DropsUnassigned)) continue;
            else if (rules.SeparatesCjk && IsCjk(rune.Value)) kept.Append(' ').Append(rune).Append(' ');
            else kept.Append(rune);
        string cleaned = kept.ToString();
        if (rules.StripsAccents) cleaned = Characters.WithoutMarks(Normalization.Decomposed(cleaned, compatible: false));
        return rules.Lowers ? Characters.Lower(cleaned) : cleaned;
    }

    /// <summary>Where words begin and end: at white space, which belongs to none, and at punctuation, each sign of which is a word.</summary>
    public static IEnumerable<(int From, int To)> Words(string text)
    {
        int from = 0, at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int next = at + rune.Utf16SequenceLength;
            bool space = Rune.IsWhiteSpace(rune), punctuation = !space && IsPunctuation(rune);
            if (space || punctuation)
            {
                if (from < at) yield return (from, at);
                if (punctuation) yield return (at, next);
                from = next;
            }
            at = next;
        }
        if (from < at) yield return (from, at);
    }

    private static bool IsSpace(Rune rune) => rune.Value is '\t' or '\n' or '\r'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>Control, format and private characters, and the replacement character.</summary>
    private static bool IsDropped(Rune rune, bool unassigned) => rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse => true,
        UnicodeCategory.OtherNotAssigned => unassigned,
        _ => false,
    };

    private static bool IsCjk(int c) =>
        c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Unicode's punctuation, and all of ASCII that is neither letter nor digit: <c>$</c>, <c>^</c> and <c>`</c> too.</summary>
    private static bool IsPunctuation(Rune rune) =>
        rune.IsAscii ? rune.Value is > ' ' and < 0x7F && !Rune.IsLetterOrDigit(rune)
            : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}
