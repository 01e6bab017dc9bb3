using System.Text;

namespace Das.Training.Batches;

/// <summary>
/// Every random choice is a function of the recipe's seed, its purpose and its position (a micro-step, an epoch), never
/// of a generator's history: what a run draws at step t does not depend on whether it was interrupted before t.
/// </summary>
public static class Seeds
{
    /// <summary>The seed of the <paramref name="position"/>-th choice made for <paramref name="purpose"/>.</summary>
    public static ulong Of(int seed, string purpose, long position)
    {
        ulong hash = 14695981039346656037; // FNV-1a, 64 bit
        foreach (byte b in Encoding.UTF8.GetBytes(purpose)) hash = (hash ^ b) * 1099511628211;
        return SplitMix64.Mix(SplitMix64.Mix(hash ^ (ulong)seed) + (ulong)position);
    }

    /// <summary>A generator for the <paramref name="position"/>-th choice made for <paramref name="purpose"/>.</summary>
    public static SeededRandom Random(int seed, string purpose, long position) => new(Of(seed, purpose, position));
}

/// <summary>
/// What training draws from a <see cref="SplitMix64"/> stream. A bounded number takes all 64 bits here, where
/// <see cref="SplitMix64.Below"/> takes the upper half: they differ once in millions of draws, and either has recorded results behind it.
/// </summary>
public sealed class SeededRandom(ulong seed)
{
    private readonly SplitMix64 stream = new(seed);

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (stream.Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 .. <paramref name="below"/> - 1.</summary>
    public int Next(int below) => (int)((UInt128)stream.Next() * (ulong)below >> 64);

    /// <summary>The numbers 0 .. <paramref name="count"/> - 1 in random order (Fisher and Yates).</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        SplitMix64.Shuffle<int>(order, Next);
        return order;
    }

    /// <summary>
    /// <paramref name="count"/> distinct indices, drawn one after another with probability proportional to the remaining
    /// <paramref name="weights"/> (torch's multinomial without replacement).
    /// </summary>
    /// <exception cref="ArgumentException">Fewer than <paramref name="count"/> weights are positive.</exception>
    public int[] DrawWithoutReplacement(ReadOnlySpan<float> weights, int count)
    {
        double[] left = new double[weights.Length];
        for (int i = 0; i < left.Length; i++) left[i] = weights[i];
        int[] drawn = new int[count];
        for (int k = 0; k < count; k++)
        {
            double total = 0, at = 0;
            foreach (double weight in left) total += weight;
            if (!(total > 0)) throw new ArgumentException($"Cannot draw {count} distinct indices: only {k} of {weights.Length} weights are positive.",
                nameof(weights));
            double target = NextDouble() * total;
            int chosen = -1;
            for (int i = 0; i < left.Length; i++)
            {
                if (left[i] <= 0) continue;
                chosen = i;
                at += left[i];
                if (target < at) break;
            }
            drawn[k] = chosen;
            left[chosen] = 0;
        }
        return drawn;
    }
}
