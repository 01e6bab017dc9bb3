namespace Das.Benchmarks.Raw;

/// <summary>Split → reason → how many rows were left out for it; reasons say which rows, in the plural.</summary>
public sealed class LeftOutRows() : SortedDictionary<string, SortedDictionary<string, long>>(StringComparer.Ordinal)
{
    /// <summary>Counts rows.</summary>
    /// <param name="split">Of the raw files.</param>
    /// <param name="reason">Which rows: <c>captions without words</c>.</param>
    /// <param name="count">How many; 0 counts nothing.</param>
    public void Add(string split, string reason, long count = 1)
    {
        if (count == 0) return;
        if (!TryGetValue(split, out SortedDictionary<string, long>? reasons)) this[split] = reasons = new(StringComparer.Ordinal);
        reasons[reason] = reasons.GetValueOrDefault(reason) + count;
    }

    /// <summary>All of them, whatever the split.</summary>
    public long Total => Values.Sum(reasons => reasons.Values.Sum());

    /// <summary><c>train: 3 captions without words, 1 …; test: …</c></summary>
    public override string ToString() => string.Join("; ", this.Select(split =>
        $"{split.Key}: {string.Join(", ", split.Value.Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Value} {reason.Key}")))}"));
}
