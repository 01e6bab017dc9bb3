namespace Das.Models.Checkpoints;

/// <summary>The existing name a mistaken one most likely means.</summary>
internal static class NearestName
{
    /// <summary>Bounds the work on hostile files; published names are at most 90 characters and some 900 per file.</summary>
    private const int LongestName = 256, MostNames = 4096;

    /// <returns>The name with the fewest edits, or null when none shares at least half of the text.</returns>
    public static string? To(string name, IEnumerable<string> existing)
    {
        if (name.Length > LongestName) return null;
        (string? best, int fewest) = (null, name.Length / 2 + 1);
        foreach (string other in existing.Take(MostNames))
        {
            if (Math.Abs(other.Length - name.Length) >= fewest) continue;
            int edits = Edits(name, other);
            if (edits < fewest) (best, fewest) = (other, edits);
        }
        return best;
    }

    private static int Edits(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
