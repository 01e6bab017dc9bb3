namespace Das.Benchmarks.Catalog;

/// <summary>Answers to a name that is not known.</summary>
internal static class Names
{
    /// <summary><c>Unknown benchmark 'vqa2'. Did you mean 'vqav2'? Known: …</c></summary>
    public static string Unknown(string what, string given, IEnumerable<string> known)
    {
        string[] names = [.. known];
        string? near = names.Where(n => Distance(given, n) <= Math.Max(2, n.Length / 3)).MinBy(n => Distance(given, n));
        return $"Unknown {what} '{given}'.{(near is null ? "" : $" Did you mean '{near}'?")} Known: {string.Join(", ", names)}.";
    }

    /// <summary>Levenshtein's, without regard to case.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[^1];
    }
}
