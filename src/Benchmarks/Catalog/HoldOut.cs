namespace Das.Benchmarks.Catalog;

/// <summary>Takes part of a table away for another purpose, so that what stands on one side tells nothing about the other.</summary>
internal static class HoldOut
{
    /// <summary>Draws groups of rows that share a key, directly or through other rows, until they have <paramref name="wanted"/> rows or more.</summary>
    /// <param name="rows">Stay in their order on both sides.</param>
    /// <param name="keysOf">What a row may share with others: rows of one picture set, of one passage.</param>
    /// <param name="wanted">How many rows to hold out at least, if there are that many.</param>
    /// <param name="random">The draw.</param>
    public static (T[] Kept, T[] Held) Draw<T>(IReadOnlyList<T> rows, Func<T, IEnumerable<string>> keysOf, int wanted, SplitMix64 random)
    {
        int[] groups = Groups(rows, keysOf), order = [.. groups.Distinct()];
        Dictionary<int, int> sizes = groups.CountBy(g => g).ToDictionary();
        random.Shuffle<int>(order);
        HashSet<int> held = [];
        int count = 0;
        foreach (int group in order)
        {
            if (count >= wanted) break;
            held.Add(group);
            count += sizes[group];
        }
        return ([.. rows.Where((_, i) => !held.Contains(groups[i]))], [.. rows.Where((_, i) => held.Contains(groups[i]))]);
    }

    /// <summary>How many of <paramref name="of"/> rows make so many in 100, rounded up.</summary>
    public static int Share(int of, int percent) => (of * percent + 99) / 100;

    /// <summary>How many of so many rows are held out where one in ten is: at least one, unless there is no other.</summary>
    public static int Tenth(int of) => Math.Max(of / 10, of > 1 ? 1 : 0);

    /// <summary>Of each row the first row of its group.</summary>
    private static int[] Groups<T>(IReadOnlyList<T> rows, Func<T, IEnumerable<string>> keysOf)
    {
        int[] parents = [.. Enumerable.Range(0, rows.Count)];
        Dictionary<string, int> first = [];
        for (int i = 0; i < rows.Count; i++)
            foreach (string key in keysOf(rows[i]))
                if (!first.TryAdd(key, i))
                {
                    (int a, int b) = (Root(i), Root(first[key]));
                    parents[Math.Max(a, b)] = Math.Min(a, b);
                }
        return [.. parents.Select((_, i) => Root(i))];

        int Root(int row)
        {
            while (parents[row] != row) row = parents[row] = parents[parents[row]];
            return row;
        }
    }
}
