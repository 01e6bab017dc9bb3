namespace Das.Benchmarks.Raw;

/// <summary>Split → reason → how many rows are left out, cut or unanswered for it; reasons say which rows, in the plural.</summary>
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

    /// <summary>Counts those of <paramref name="others"/>, too.</summary>
    public void Add(LeftOutRows others)
    {
        foreach ((string split, SortedDictionary<string, long> reasons) in others)
            foreach ((string reason, long count) in reasons) Add(split, reason, count);
    }

    /// <summary>What a line of progress ends in: <c>; train: 3 captions without words</c>, or nothing.</summary>
    public string Note => Count > 0 ? $"; {this}" : "";

    /// <summary><c>train: 3 captions without words, 1 …; test: …</c></summary>
    public override string ToString() => string.Join("; ", this.Select(split =>
        $"{split.Key}: {string.Join(", ", split.Value.Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Value} {reason.Key}")))}"));
}
