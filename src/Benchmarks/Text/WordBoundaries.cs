using Microsoft.ML.Tokenizers;

namespace Das.Benchmarks.Text;

/// <summary>
/// GPT-2's first step, its pattern <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> over Unicode characters:
/// a contraction, or a run of letters, of digits or of other signs with one space before it, or spaces less the one that the next word takes.
/// The library's own <c>RobertaPreTokenizer</c> takes letters and digits beyond U+FFFF for signs.
/// </summary>
internal sealed class WordBoundaries : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind { Space, Letter, Digit, Other }

    public static WordBoundaries Instance { get; } = new();

    /// <summary>The pieces, which make up the whole text.</summary>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = End(text, at);
            yield return (at, end - at);
        }
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    private static int End(string text, int at)
    {
        if (Array.Find(Contractions, c => string.CompareOrdinal(text, at, c, 0, c.Length) == 0) is { } contraction) return at + contraction.Length;
        int word = text[at] == ' ' && at + 1 < text.Length && KindAt(text, at + 1, out _) != Kind.Space ? at + 1 : at;
        Kind kind = KindAt(text, word, out _);
        int end = word, last = word;
        while (end < text.Length && KindAt(text, end, out int length) == kind) (last, end) = (end, end + length);
        bool leavesOne = kind == Kind.Space && end < text.Length && last > at;
        return leavesOne ? last : end;
    }

    private static Kind KindAt(string text, int at, out int length)
    {
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out length) != System.Buffers.OperationStatus.Done) return Kind.Other;
        return rune.Value is (>= '\t' and <= '\r') or 0x85 ? Kind.Space : Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Kind.Space,
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Digit,
            _ => Kind.Other,
        };
    }
}
