namespace Das.Benchmarks.Text.Fast;

/// <summary>GPT-2's alphabet (<c>bytes_to_unicode</c>): one printable letter for each byte, so that any text is spelt.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Letters = Made();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(b => Letters[b], b => (byte)b);

    /// <summary>The text's UTF-8, a letter for each byte.</summary>
    public static string Spell(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(b => Letters[b]));

    /// <summary>The bytes that a token stands for; its own UTF-8 where it holds another letter.</summary>
    public static byte[] Read(string token) => token.All(Bytes.ContainsKey) ? [.. token.Select(c => Bytes[c])] : Encoding.UTF8.GetBytes(token);

    private static char[] Made()
    {
        int others = 0;
        return [.. Enumerable.Range(0, 256).Select(b => b is (> ' ' and <= '~') or (>= 0xA1 and not 0xAD) ? (char)b : (char)(256 + others++))];
    }
}
