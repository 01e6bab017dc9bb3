namespace Das.Tests;

/// <summary>What is read from outside, with bytes changed at random places: used or refused in a sentence, and nothing else.</summary>
internal static class DamagedBytes
{
    public static void AreReadOrRefused(byte[] whole, ulong seed, int rounds, Action<byte[]> read, int changed = 3)
    {
        SplitMix64 random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < changed; i++) damaged[random.Below(damaged.Length)] = (byte)random.Below(256);
            Refuses.OrAccepts(() => read(damaged));
        }
    }
}
