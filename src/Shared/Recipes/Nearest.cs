namespace Das.Recipes;

/// <summary>Finds what a person probably meant by a name that does not exist.</summary>
public static class Nearest
{
    /// <summary>
    /// The known name closest to <paramref name="word"/> in edits (insert, delete, replace, swap of neighbours; case does
    /// not count), or null when none is close. A name that contains the word counts as one edit away.
    /// </summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        var best = known
            .Select(name => (Name: name, Edits: Contains(name, word) ? 1 : Edits(word.ToLowerInvariant(), name.ToLowerInvariant())))
            .OrderBy(candidate => candidate.Edits)
            .FirstOrDefault();
        return best.Name is not null && best.Edits <= Math.Max(1, Math.Max(word.Length, best.Name.Length) / 3) ? best.Name : null;
    }

    /// <summary>The sentence for an unknown name: <c>Unknown backbone 'vitl'. Did you mean 'vilt'? Known: meter, vilt.</c></summary>
    public static string Unknown(string kind, string word, IReadOnlyCollection<string> known) =>
        $"Unknown {kind} '{word}'.{Hint(word, known)} Known: {(known.Count == 0 ? "none" : string.Join(", ", known))}.";

    /// <summary><c> Did you mean 'vilt'?</c> with a leading space, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) =>
        To(word, known) is { } name ? $" Did you mean '{name}'?" : "";

    private static bool Contains(string name, string word) =>
        word.Length >= 3 && name.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static int Edits(string a, string b)
    {
        var edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) edits[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) edits[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(replace, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
            }
        return edits[a.Length, b.Length];
    }
}
