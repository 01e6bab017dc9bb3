namespace Das.Benchmarks.Text.Unicode;

/// <summary>
/// Unicode's normal forms (UAX #15, https://unicode.org/reports/tr15), from the decompositions and combining classes of the Unicode Character Database
/// 14.0 in <c>normalization.txt</c>. <c>string.Normalize</c> does nothing under invariant globalization, and ids must not depend on the host's ICU.
/// </summary>
internal static class Normalization
{
    private const int FirstL = 0x1100, FirstV = 0x1161, FirstT = 0x11A7, FirstSyllable = 0xAC00, Ls = 19, Vs = 21, Ts = 28;

    /// <summary>Below it every character is its own composed form.</summary>
    private const char FirstChanged = '\u0300';

    private static readonly Dictionary<int, int> Classes = [];
    private static readonly Dictionary<int, int[]> Canonical = [], Compatible = [];
    private static readonly Dictionary<(int, int), int> Composites = [];

    static Normalization()
    {
        using StreamReader file = new(typeof(Normalization).Assembly.GetManifestResourceStream("normalization.txt")!);
        string group = "";
        foreach (string entry in file.ReadToEnd().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
            if (entry[0] == '@') group = entry[1..];
            else if (entry.Split(':') is [var character, var parts]) Add(group, Number(character), [.. parts.Split('+').Select(Number)]);
            else
            {
                int[] range = [.. entry.Split('-').Select(Number)];
                for (int c = range[0]; c <= range[^1]; c++) Classes[c] = int.Parse(group, CultureInfo.InvariantCulture);
            }

        static int Number(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>NFC, or NFKC.</summary>
    public static string Composed(string text, bool compatible)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', compatible ? '\u007f' : (char)(FirstChanged - 1)) < 0) return text;
        List<int> composed = [];
        int starter = -1, last = 0;
        foreach (int c in Parts(text, compatible))
        {
            int order = Classes.GetValueOrDefault(c);
            bool blocked = starter < 0 || (starter < composed.Count - 1 && last >= order);
            if (!blocked && Composite(composed[starter], c) is { } whole)
            {
                composed[starter] = whole;
                continue;
            }
            if (order == 0) starter = composed.Count;
            last = order;
            composed.Add(c);
        }
        return Text(composed);
    }

    /// <summary>NFD, or NFKD.</summary>
    public static string Decomposed(string text, bool compatible) =>
        text.AsSpan().IndexOfAnyExceptInRange('\0', '\u007f') < 0 ? text : Text(Parts(text, compatible));

    private static void Add(string group, int character, int[] parts)
    {
        (group == "compatible" ? Compatible : Canonical).Add(character, parts);
        if (group == "composed") Composites.Add((parts[0], parts[1]), character);
    }

    /// <summary>Fully decomposed, marks on one character in the order of their classes.</summary>
    private static List<int> Parts(string text, bool compatible)
    {
        List<int> parts = [];
        foreach (Rune rune in text.EnumerateRunes()) Split(rune.Value, compatible, parts);
        for (int from = 0, to; from < parts.Count; from = to)
        {
            to = from + 1;
            if (!Classes.ContainsKey(parts[from])) continue;
            while (to < parts.Count && Classes.ContainsKey(parts[to])) to++;
            int[] ordered = [.. parts.GetRange(from, to - from).OrderBy(c => Classes[c])];
            for (int i = 0; i < ordered.Length; i++) parts[from + i] = ordered[i];
        }
        return parts;
    }

    private static void Split(int c, bool compatible, List<int> parts)
    {
        int syllable = c - FirstSyllable;
        if (syllable is >= 0 and < Ls * Vs * Ts)
        {
            parts.AddRange([FirstL + (syllable / (Vs * Ts)), FirstV + (syllable / Ts % Vs)]);
            if (syllable % Ts != 0) parts.Add(FirstT + (syllable % Ts));
        }
        else if (Canonical.TryGetValue(c, out int[]? split) || (compatible && Compatible.TryGetValue(c, out split)))
            foreach (int part in split) Split(part, compatible, parts);
        else parts.Add(c);
    }

    private static int? Composite(int first, int second)
    {
        if (first - FirstL is >= 0 and < Ls and var l && second - FirstV is >= 0 and < Vs and var v) return FirstSyllable + (((l * Vs) + v) * Ts);
        if (first - FirstSyllable is >= 0 and < Ls * Vs * Ts and var syllable && syllable % Ts == 0 && second - FirstT is > 0 and < Ts and var t)
            return first + t;
        return Composites.TryGetValue((first, second), out int whole) ? whole : null;
    }

    private static string Text(List<int> characters)
    {
        StringBuilder text = new(characters.Count);
        foreach (int c in characters) text.Append(new Rune(c));
        return text.ToString();
    }
}
