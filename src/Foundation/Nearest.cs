namespace Das.Foundation;

/// <summary>Finds what a person probably meant by a name that does not exist.</summary>
public static class Nearest
{
    /// <summary>Names come from foreign files too: these bound the work. Published weight files have some 900 names of at most 90 characters.</summary>
    private const int LongestName = 256, MostNames = 4096;

    /// <summary>
    /// The known name closest to <paramref name="word"/> in edits (insert, delete, replace, swap of neighbours; case does
    /// not count), or null when none is close. A name that contains the word counts as one edit away. Names beyond the
    /// 4096th and names of more than 256 characters are not considered.
    /// </summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        if (word.Length > LongestName) return null;
        string lower = word.ToLowerInvariant();
        (string? nearest, int fewest) = (null, int.MaxValue);
        foreach (string name in known.Take(MostNames).Where(name => name.Length <= LongestName))
        {
            int most = Math.Min(fewest - 1, Math.Max(1, Math.Max(word.Length, name.Length) / 3));
            int edits = Contains(name, word) ? 1
                : Math.Abs(name.Length - word.Length) > most ? int.MaxValue
                : Edits(lower, name.ToLowerInvariant());
            if (edits <= most) (nearest, fewest) = (name, edits);
        }
        return nearest;
    }

    /// <summary>The sentence for an unknown name: <c>Unknown backbone 'vitl'. Did you mean 'vilt'? Known: meter, vilt.</c></summary>
    public static string Unknown(string kind, string word, IEnumerable<string> known)
    {
        string[] names = [.. known];
        return $"Unknown {kind} '{word}'.{Hint(word, names)} Known: {(names.Length == 0 ? "none" : string.Join(", ", names))}.";
    }

    /// <summary><c> Did you mean 'vilt'?</c> with a leading space, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) =>
        To(word, known) is { } name ? $" Did you mean '{name}'?" : "";

    private static bool Contains(string name, string word) =>
        word.Length >= 3 && name.Length > word.Length && name.Contains(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Damerau and Levenshtein's distance, no part edited twice; three rows of its table are enough.</summary>
    private static int Edits(string a, string b)
    {
        int[] before = new int[b.Length + 1], above = [.. Enumerable.Range(0, b.Length + 1)], row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(above[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
            (before, above, row) = (above, row, before);
        }
        return above[b.Length];
    }
}
