namespace Das.Fuzz;

/// <summary>Changes of what CSV is made of: quotes, separators, line ends, columns and encodings.</summary>
internal static class CsvMutation
{
    private static readonly byte[][] Parts = [.. ((string[])["\"", "\"\"", ",", ";", "\t", "|", "\n", "\r", "\r\n", "\n\n", " ", "\0", "a", "\"a\"b",
        "\ufeff", "\u2028", "é", new string('x', 5000), new string('"', 501), new string(',', 300), new string('\n', 200)]).Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xfe, 0xff], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]];

    private static readonly byte[] Separators = [(byte)',', (byte)';', (byte)'\t', (byte)'|', (byte)'"', (byte)'\n', (byte)'\r', (byte)' '];

    /// <summary>One to three changes; now and then all of it in another encoding.</summary>
    public static byte[] Change(byte[] valid, SplitMix64 random)
    {
        byte[] bytes = valid;
        for (int changes = 1 + random.Below(3); changes > 0; changes--) bytes = One(bytes, random);
        return random.Below(8) == 0 ? Encoded(bytes, random) : bytes;
    }

    private static byte[] One(byte[] bytes, SplitMix64 random)
    {
        if (bytes.Length == 0) return random.Pick(Parts);
        int at = random.Below(bytes.Length), after = Math.Min(bytes.Length, at + random.Below(4));
        switch (random.Below(8))
        {
            case 0: return Mutation.Anywhere(bytes, random);
            case 1: // another line, whole or cut off, at the end
                return [.. bytes, .. bytes[at..]];
            case 2: // a column more or less in one row
                int mark = Array.FindIndex(bytes, at, b => b is (byte)',' or (byte)';' or (byte)'\t');
                return mark < 0 ? bytes : random.Below(2) == 0 ? [.. bytes[..mark], .. bytes[(mark + 1)..]] : [.. bytes[..mark], bytes[mark], .. bytes[mark..]];
            case 3: // one mark for another everywhere
                (byte from, byte to) = (random.Pick(Separators), random.Pick(Separators));
                return [.. bytes.Select(b => b == from ? to : b)];
            case 4: return bytes[..at];
            default: return [.. bytes[..at], .. random.Pick(Parts), .. bytes[after..]]; // put in, or instead of a few
        }
    }

    private static byte[] Encoded(byte[] bytes, SplitMix64 random)
    {
        Encoding encoding = random.Pick((Encoding[])[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, Encoding.Latin1]);
        byte[] text = encoding.GetBytes(Encoding.UTF8.GetString(bytes));
        text = random.Below(4) == 0 ? text : [.. encoding.Preamble, .. text];
        return random.Below(4) == 0 ? Mutation.Bytes(text, random, 0, text.Length) : text;
    }
}
