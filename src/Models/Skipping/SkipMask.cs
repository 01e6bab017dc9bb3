using System.Collections;
using System.Globalization;

namespace Das.Models.Skipping;

/// <summary>Which candidate layers are skipped: an immutable ascending set that prints and parses as the published <c>[3, 7]</c>.</summary>
public sealed class SkipMask : IReadOnlyCollection<int>, IEquatable<SkipMask>
{
    private readonly int[] indices;

    private SkipMask(int[] indices) => this.indices = indices;

    public static SkipMask Empty { get; } = new([]);

    public int Count => indices.Length;

    /// <exception cref="ArgumentException">An index is negative.</exception>
    public static SkipMask Of(params IEnumerable<int> layers)
    {
        int[] sorted = [.. layers.Distinct().Order()];
        return sorted is [< 0, ..] ? throw new ArgumentException($"A skipped layer cannot be {sorted[0]}: layers count from 0.", nameof(layers)) : new(sorted);
    }

    /// <exception cref="FormatException">The text is not of the form <c>[3, 7]</c>.</exception>
    public static SkipMask Parse(string text)
    {
        string trimmed = text.Trim();
        if (trimmed is not ['[', .., ']']) throw Malformed(text);
        string inner = trimmed[1..^1].Trim();
        return inner.Length == 0 ? Empty : Of(inner.Split(',').Select(part =>
            int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : throw Malformed(text)));
    }

    public bool Contains(int layer) => Array.BinarySearch(indices, layer) >= 0;

    public int[] ToArray() => [.. indices];

    public override string ToString() => $"[{string.Join(", ", indices)}]";

    public bool Equals(SkipMask? other) => other is not null && indices.AsSpan().SequenceEqual(other.indices);
    public override bool Equals(object? other) => Equals(other as SkipMask);
    public override int GetHashCode() => indices.Aggregate(indices.Length, HashCode.Combine);
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)indices).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static FormatException Malformed(string text) => new($"'{text}' is no list of layers. Write it like [3, 7], or [] for none.");
}
