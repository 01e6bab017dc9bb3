using System.Text;

namespace Das.Training;

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
        return Mix(Mix(hash ^ (ulong)seed) + (ulong)position);
    }

    /// <summary>A generator for the <paramref name="position"/>-th choice made for <paramref name="purpose"/>.</summary>
    public static SeededRandom Random(int seed, string purpose, long position) => new(Of(seed, purpose, position));

    /// <summary>SplitMix64's finalizer (Steele, Lea and Flood, OOPSLA 2014).</summary>
    internal static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>A small generator whose numbers are the same on every platform and runtime version.</summary>
public sealed class SeededRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 .. <paramref name="below"/> - 1.</summary>
    public int Next(int below) => (int)((UInt128)Next() * (ulong)below >> 64);

    /// <summary>The numbers 0 .. <paramref name="count"/> - 1 in random order (Fisher and Yates).</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
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
            if (!(total > 0)) throw new ArgumentException($"Cannot draw {count} distinct indices: only {k} of {weights.Length} weights are positive.", nameof(weights));
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

    private ulong Next()
    {
        ulong value = Seeds.Mix(state);
        state += 0x9E3779B97F4A7C15;
        return value;
    }
}
