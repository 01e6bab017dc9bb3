namespace Das.Models;

/// <summary>What an unknown name answers: the likeliest known one, and all of them.</summary>
internal static class DidYouMean
{
    /// <returns><c>Unknown backbone 'vitl'. Did you mean 'vilt'? Known: vilt.</c></returns>
    public static string Message(string kind, string name, IReadOnlyCollection<string> known)
    {
        string? nearest = known.MinBy(k => Edits(name, k));
        string question = nearest is not null && Edits(name, nearest) <= Math.Max(2, nearest.Length / 3) ? $" Did you mean '{nearest}'?" : "";
        return $"Unknown {kind} '{name}'.{question} Known: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
    }

    /// <summary>Levenshtein's distance: insertions, deletions and substitutions from one to the other.</summary>
    private static int Edits(string from, string to)
    {
        int[] previous = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int[] current = new int[to.Length + 1];
            current[0] = i;
            for (int j = 1; j <= to.Length; j++)
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
            previous = current;
        }
        return previous[^1];
    }
}
