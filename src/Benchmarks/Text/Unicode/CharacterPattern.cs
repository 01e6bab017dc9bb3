namespace Das.Benchmarks.Text.Unicode;

/// <summary>
/// A regular expression of a tokenizer, which sees code points where .NET's sees UTF-16 units: each character beyond the basic plane is shown to it as
/// one of the basic plane of the same category. It runs without backtracking, in time that grows with the text's length.
/// </summary>
internal sealed class CharacterPattern
{
    /// <summary>A run of white space, less its last character where something else follows: the only look-ahead in use, which is looked at here.</summary>
    private const string Spaces = @"|\s+(?!\S)|\s+";

    /// <summary>Longer ones are no tokenizer's.</summary>
    private const int Longest = 2000;

    /// <summary>One character of the basic plane for each <see cref="UnicodeCategory"/>, in its order.</summary>
    private const string OfCategory =
        "\u0531\u0561\u1F88\u02B0\u0627\u0300\u0903\u0488\u0660\u2160\u00B2\u3000\u2028\u2029\u0080\u200B\uFFFD\uE000\u203F\u2014\u2045\u2046\u00AB\u00BB"
        + "\u2022\u2202\u20AC\u02C2\u2603\u0378";

    private readonly Regex pattern;
    private readonly bool takesSpaces;

    private CharacterPattern(Regex pattern, bool takesSpaces) => (this.pattern, this.takesSpaces) = (pattern, takesSpaces);

    /// <param name="pattern">As the tokenizer's file spells it.</param>
    /// <param name="place">Where it stands, for errors.</param>
    /// <exception cref="DasException">It is no regular expression, or one that cannot be run in bounded time.</exception>
    public static CharacterPattern Of(string pattern, string place)
    {
        if (pattern.Length is 0 or > Longest)
            throw new DasException(ErrorKind.Data, $"{place} is a pattern of {pattern.Length} characters; 1 to {Longest} are read.");
        bool takesSpaces = pattern.EndsWith(Spaces, StringComparison.Ordinal);
        string alternatives = takesSpaces ? pattern[..^Spaces.Length] : pattern;
        try
        {
            return new(new(@$"\A(?:{WithLongS(alternatives)})", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture),
                takesSpaces);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new DasException(ErrorKind.Data, $"{place}: the pattern '{pattern}' is not read: {e.Message}", e);
        }
    }

    /// <summary>All matches, from left to right.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <returns>In UTF-16 units of the text.</returns>
    public IEnumerable<(int From, int To)> Matches(string text)
    {
        (string shown, int[]? places) = Basic(text);
        for (int at = 0, end; at < shown.Length; at = Math.Max(end, at + 1))
        {
            end = End(shown, at);
            if (end > at) yield return places is null ? (at, end) : (places[at], places[end]);
        }
    }

    /// <summary>Where the match that begins there ends; there itself for none.</summary>
    private int End(string text, int at)
    {
        foreach (ValueMatch match in pattern.EnumerateMatches(text.AsSpan(at)))
            if (match is { Index: 0, Length: > 0 }) return at + match.Length;
            else break;
        int end = at;
        while (takesSpaces && end < text.Length && Characters.IsSpace(text[end])) end++;
        return end < text.Length && end > at + 1 ? end - 1 : end;
    }

    /// <summary>The text with one unit a character, and where each begins; null for the same places.</summary>
    private static (string, int[]?) Basic(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0) return (text, null);
        StringBuilder shown = new(text.Length);
        List<int> places = [];
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            places.Add(at);
            shown.Append(rune.IsBmp ? (char)rune.Value : OfCategory[(int)Rune.GetUnicodeCategory(rune)]);
            at += rune.Utf16SequenceLength;
        }
        return (shown.ToString(), [.. places, at]);
    }

    /// <summary>Where case does not count, <c>ſ</c> is an <c>s</c> to Unicode, and not to .NET.</summary>
    private static string WithLongS(string pattern) =>
        Regex.Replace(pattern, @"\(\?i:[^()]*\)", part => Regex.Replace(part.Value, @"(?<!\\)(\[?)s", s => s.Value == "[s" ? "[s\u017F" : "[s\u017F]"));
}
