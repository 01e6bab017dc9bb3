namespace Das.Benchmarks.Text;

/// <summary>BERT's first step: clean, lower-case, strip accents, and cut at spaces, punctuation and around CJK characters.</summary>
internal static class BasicTokenizer
{
    public static IEnumerable<string> Split(string text)
    {
        StringBuilder word = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
            {
                if (word.Length > 0) yield return Take(word);
                continue;
            }
            if (IsDropped(rune)) continue;
            if (IsCjk(rune.Value) || IsPunctuation(rune))
            {
                if (word.Length > 0) yield return Take(word);
                yield return rune.ToString();
                continue;
            }
            foreach (Rune letter in Bare(rune))
            {
                if (!IsPunctuation(letter)) word.Append(letter);
                else
                {
                    if (word.Length > 0) yield return Take(word);
                    yield return letter.ToString();
                }
            }
        }
        if (word.Length > 0) yield return Take(word);
    }

    private static string Take(StringBuilder word)
    {
        string taken = word.ToString();
        word.Clear();
        return taken;
    }

    private static bool IsSpace(Rune rune) => rune.Value is ' ' or '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;

    /// <summary>Control, format, surrogate, private and unassigned characters, the replacement character, and combining marks.</summary>
    private static bool IsDropped(Rune rune) => rune.Value is 0 or 0xFFFD || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.NonSpacingMark;

    private static bool IsCjk(int c) =>
        c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Unicode's punctuation, and all of ASCII that is neither letter nor digit: <c>$</c>, <c>^</c> and <c>`</c> too.</summary>
    private static bool IsPunctuation(Rune rune) =>
        rune.IsAscii ? !Rune.IsLetterOrDigit(rune) : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation
        and <= UnicodeCategory.OtherPunctuation;

    /// <summary>Lower case without accents; a Hangul syllable becomes its letters.</summary>
    private static IEnumerable<Rune> Bare(Rune rune)
    {
        const int firstSyllable = 0xAC00, syllables = 11172, vowels = 21, tails = 28;
        int syllable = rune.Value - firstSyllable;
        if (syllable is < 0 or >= syllables)
        {
            yield return new(Accents.Strip(Rune.ToLowerInvariant(rune).Value));
            yield break;
        }
        yield return new(0x1100 + syllable / (vowels * tails));
        yield return new(0x1161 + syllable / tails % vowels);
        if (syllable % tails != 0) yield return new(0x11A7 + syllable % tails);
    }
}
