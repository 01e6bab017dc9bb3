using System.Collections;

namespace Das.Models.Skipping;

/// <summary>
/// The layers a network does without: an immutable set of layer indices in ascending order that prints and parses as
/// the published code writes it, <c>[3, 7]</c>. Two masks with the same layers are equal.
/// </summary>
public sealed class SkipMask : IReadOnlyList<int>, IEquatable<SkipMask>
{
    /// <summary>Nothing is skipped.</summary>
    public static SkipMask Empty { get; } = new([]);

    private readonly int[] _layers;

    private SkipMask(int[] layers) => _layers = layers;

    public int Count => _layers.Length;

    public int this[int index] => _layers[index];

    /// <summary>The mask of these layers; order and repetition do not matter.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A layer index is negative.</exception>
    public static SkipMask Of(params IEnumerable<int> layers)
    {
        int[] sorted = [.. layers.Distinct().Order()];
        if (sorted.Length > 0) ArgumentOutOfRangeException.ThrowIfNegative(sorted[0], nameof(layers));
        return sorted.Length == 0 ? Empty : new(sorted);
    }

    /// <summary>Reads <c>[3, 7]</c>; <c>[]</c> is the empty mask.</summary>
    /// <exception cref="FormatException">The text is not a bracketed list of distinct, non-negative integers.</exception>
    public static SkipMask Parse(string text)
    {
        string trimmed = text.Trim();
        if (trimmed is not ['[', .. string inner, ']'])
            throw new FormatException($"'{text}' is not a list of layers. Write it as [3, 7], or [] to skip none.");
        if (string.IsNullOrWhiteSpace(inner)) return Empty;

        List<int> layers = [];
        foreach (string item in inner.Split(','))
        {
            if (!int.TryParse(item, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int layer))
                throw new FormatException($"'{item.Trim()}' in '{text}' is not a layer. Write layers as whole numbers from 0: [3, 7].");
            if (layers.Contains(layer)) throw new FormatException($"'{text}' names layer {layer} twice.");
            layers.Add(layer);
        }
        return Of(layers);
    }

    public bool Contains(int layer) => Array.BinarySearch(_layers, layer) >= 0;

    public int[] ToArray() => [.. _layers];

    /// <summary>Throws unless every layer is one of <paramref name="candidateCount"/> candidates.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A layer does not exist; the message names it and the range.</exception>
    public void ThrowIfOutside(int candidateCount)
    {
        if (Count > 0 && _layers[^1] >= candidateCount)
            throw new ArgumentOutOfRangeException(null, $"Layer {_layers[^1]} in {this} does not exist: layers are 0 to {candidateCount - 1}.");
    }

    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_layers).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(SkipMask? other) => other is not null && _layers.AsSpan().SequenceEqual(other._layers);

    public override bool Equals(object? other) => Equals(other as SkipMask);

    public override int GetHashCode() => _layers.Aggregate(Count, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", _layers)}]";
}
