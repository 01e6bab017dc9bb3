namespace Das.Foundation;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): integer arithmetic only, so that the same seed gives the same stream in every process and on
/// every machine, which <see cref="Random"/> does not promise.
/// </summary>
public sealed class SplitMix64(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong state = seed;

    /// <summary>An independent stream for each (seed, index) pair.</summary>
    public static SplitMix64 For(ulong seed, long index) => new(Mix(seed) ^ Finish(unchecked((ulong)index * Golden)));

    /// <summary>The first number of the stream that begins at <paramref name="z"/>: every bit of it depends on every bit of <paramref name="z"/>.</summary>
    public static ulong Mix(ulong z) => Finish(unchecked(z + Golden));

    /// <summary>Fisher and Yates: <paramref name="items"/> in random order, in place.</summary>
    /// <param name="items">What is put in order.</param>
    /// <param name="below">Draws from 0 .. bound - 1.</param>
    public static void Shuffle<T>(Span<T> items, Func<int, int> below)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Uniform in 0 .. 2^64 - 1.</summary>
    public ulong Next() => Finish(state = unchecked(state + Golden));

    /// <summary>Uniform in [0, <paramref name="bound"/>), from the upper half of the next number.</summary>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)(((Next() >> 32) * (ulong)bound) >> 32);
    }

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>], both included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>True in <paramref name="percent"/> of 100 draws.</summary>
    public bool Chance(int percent) => Below(100) < percent;

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    public void Shuffle<T>(Span<T> items) => Shuffle(items, Below);

    private static ulong Finish(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
