using Das.Benchmarks.Text.Unicode;

namespace Das.Benchmarks.Text.Fast;

/// <summary>What changes a text before it is cut (<c>normalizer</c>).</summary>
internal static class Normalizers
{
    private const string Known = "NFC, NFD, NFKC, NFKD, BertNormalizer, Lowercase, Strip, StripAccents, Prepend, Replace, Sequence";

    /// <summary>The steps, in order.</summary>
    /// <exception cref="DasException">One of them is not read.</exception>
    public static IReadOnlyList<Func<string, string>> Of(TokenizerPart? part) => part?.Type switch
    {
        null => [],
        "Sequence" => [.. part.Knowing("normalizers").Children("normalizers").SelectMany(Of)],
        _ => [Step(part)],
    };

    /// <summary>Runs the steps; a text that they let grow without bounds is refused.</summary>
    public static string Run(IReadOnlyList<Func<string, string>> steps, string text) =>
        steps.Aggregate(text, (changed, step) => Growth.Checked(text.Length, step(changed)));

    private static Func<string, string> Step(TokenizerPart part)
    {
        switch (part.Type)
        {
            case "NFC" or "NFD" or "NFKC" or "NFKD":
                part.Knowing();
                bool compatible = part.Type[2] == 'K';
                return part.Type[^1] == 'C' ? text => Normalization.Composed(text, compatible) : text => Normalization.Decomposed(text, compatible);
            case "Lowercase":
                part.Knowing();
                return Characters.Lower;
            case "Strip":
                (bool left, bool right) = (part.Knowing("strip_left", "strip_right").Flag("strip_left", true), part.Flag("strip_right", true));
                return text => right ? (left ? text.Trim() : text.TrimEnd()) : left ? text.TrimStart() : text;
            case "StripAccents":
                part.Knowing();
                return Characters.WithoutMarks;
            case "BertNormalizer":
                part.Knowing("clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
                bool lowers = part.Flag("lowercase", true);
                BertCleaning rules = new(part.Flag("clean_text", true), part.Flag("handle_chinese_chars", true), part.Flag("strip_accents", lowers), lowers,
                    DropsUnassigned: false);
                return text => BasicTokenizer.Cleaned(text, rules);
            case "Prepend":
                string prefix = Growth.Short(part.Knowing("prepend").Text("prepend"), part);
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                return Replacement.Of(part);
            default:
                throw part.Unread(part.Type, Known);
        }
    }
}

/// <summary>Bounds of what the steps of a hostile file make of a text.</summary>
internal static class Growth
{
    private const int LongestPart = 64, Times = 32, Room = 1 << 16;

    /// <summary>A text that a step puts into another.</summary>
    /// <exception cref="DasException">It is longer than any tokenizer's.</exception>
    public static string Short(string inserted, TokenizerPart part) => inserted.Length <= LongestPart ? inserted
        : throw new DasException(ErrorKind.Data, $"{part.Place} inserts {inserted.Length} characters; at most {LongestPart} are read.");

    /// <exception cref="DasException">A text has grown beyond what any tokenizer makes of it.</exception>
    public static void Check(long length, long made)
    {
        if (made > (Times * length) + Room) throw new DasException(ErrorKind.Data,
            $"The tokenizer makes {made} characters of a text of {length}: its steps are no real tokenizer's.");
    }

    /// <inheritdoc cref="Check"/>
    public static string Checked(long length, string made)
    {
        Check(length, made.Length);
        return made;
    }
}

/// <summary><c>Replace</c>, of normalisers and decoders: every place of a pattern becomes the same text.</summary>
internal static class Replacement
{
    public static Func<string, string> Of(TokenizerPart part)
    {
        Pattern pattern = Pattern.Of(part.Knowing("pattern", "content"));
        string content = Growth.Short(part.Text("content"), part);
        return text =>
        {
            (int From, int To)[] places = [.. pattern.Matches(text)];
            if (places.Length == 0) return text;
            StringBuilder replaced = new();
            int from = 0;
            foreach ((int at, int end) in places)
            {
                replaced.Append(text, from, at - from).Append(content);
                from = end;
            }
            return replaced.Append(text, from, text.Length - from).ToString();
        };
    }
}

/// <summary>What a step looks for: a text or a regular expression.</summary>
internal sealed record Pattern(Func<string, IEnumerable<(int From, int To)>> Matches)
{
    /// <summary><c>{"String": " "}</c> or <c>{"Regex": "\\s+"}</c> under <c>pattern</c>.</summary>
    public static Pattern Of(TokenizerPart part)
    {
        TokenizerPart pattern = part.Child("pattern")?.Knowing("String", "Regex") ?? throw part.Wrong("pattern", "an object");
        if (pattern.OptionalText("Regex") is { } expression) return new(CharacterPattern.Of(expression, pattern.Place).Matches);
        string searched = pattern.Text("String");
        return searched.Length > 0 ? new(text => Places(text, searched)) : throw pattern.Wrong("String", "a text that is not empty");
    }

    private static IEnumerable<(int, int)> Places(string text, string searched)
    {
        for (int at = 0; (at = text.IndexOf(searched, at, StringComparison.Ordinal)) >= 0; at += searched.Length) yield return (at, at + searched.Length);
    }
}
