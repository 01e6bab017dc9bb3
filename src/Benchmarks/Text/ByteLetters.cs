using System.Text;

namespace Das.Benchmarks.Text;

/// <summary>
/// GPT-2's spelling of bytes: a printable byte of Latin-1 is its own letter, the 68 others are U+0100 and on, in order. So a space is <c>Ġ</c>,
/// and no token holds a space or a control character.
/// </summary>
internal static class ByteLetters
{
    private static readonly char[] Letters = new char[256];
    private static readonly Dictionary<char, byte> Values = [];

    static ByteLetters()
    {
        int others = 0;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            Letters[value] = printable ? (char)value : (char)(256 + others++);
            Values[Letters[value]] = (byte)value;
        }
    }

    /// <summary>The UTF-8 of a text, one letter a byte.</summary>
    public static string Of(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(b => Letters[b]));

    /// <summary>Back to bytes; letters that stand for none are left out.</summary>
    public static IEnumerable<byte> Bytes(string letters) => letters.Where(Values.ContainsKey).Select(c => Values[c]);
}
