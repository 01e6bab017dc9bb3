using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Das.Models.Layers;

/// <summary>
/// What dropout multiplies by on the CPU: 0, or 1 / (1 - rate). libtorch draws such elements one after the other, which takes ten times as long; here eight
/// streams of xoshiro128++ (Blackman, Vigna 2018, https://arxiv.org/abs/1805.01407) are drawn at a time. Their seed is drawn from libtorch's generator, so
/// that whoever seeds or restores that one has the same mask again; how many threads there are changes nothing.
/// </summary>
public static class DropoutMask
{
    /// <summary>Elements that follow from one seed.</summary>
    private const int Block = 1 << 16;

    /// <summary>Elements whose memory is seen at a time: a span reaches no further than 2 GiB.</summary>
    private const long Reach = Block * 4096L;

    private const int StateWords = 16;

    /// <param name="shape">Of the mask.</param>
    /// <param name="rate">Share of the elements that are 0, from 0 to 1.</param>
    /// <returns>Float32, on the CPU.</returns>
    public static Tensor Of(long[] shape, double rate)
    {
        using DisposeScope scope = NewDisposeScope();
        ulong seed = (ulong)randint(long.MaxValue, 1, ScalarType.Int64).item<long>();
        Tensor mask = empty(shape), flat = mask.view(-1);
        long length = flat.shape[0];
        for (long start = 0; start < length; start += Reach)
        {
            Tensor part = flat.narrow(0, start, Math.Min(Reach, length - start));
            int blocks = (int)((part.shape[0] + Block - 1) / Block);
            long first = start / Block;
            if (blocks == 1 || get_num_threads() == 1)
                for (int block = 0; block < blocks; block++) Fill(part, block, SplitMix64.For(seed, first + block), rate);
            else
                Parallel.For(0, blocks, new() { MaxDegreeOfParallelism = get_num_threads() },
                    block => Fill(part, block, SplitMix64.For(seed, first + block), rate));
        }
        return mask.MoveToOuterDisposeScope();
    }

    private static void Fill(Tensor part, int block, SplitMix64 seeds, double rate)
    {
        Span<float> all = MemoryMarshal.Cast<byte, float>(part.bytes), to = all.Slice(block * Block, Math.Min(Block, all.Length - (block * Block)));
        Span<ulong> words = stackalloc ulong[StateWords];
        for (int i = 0; i < words.Length; i++) words[i] = seeds.Next();
        ReadOnlySpan<Vector256<uint>> state = MemoryMarshal.Cast<ulong, Vector256<uint>>(words);
        (Vector256<uint> s0, Vector256<uint> s1, Vector256<uint> s2, Vector256<uint> s3) = (state[0], state[1], state[2], state[3]);
        Vector256<uint> least = Vector256.Create((uint)Math.Min(rate * (1L << 32), uint.MaxValue));
        Vector256<uint> kept = Vector256.Create(rate < 1 ? (float)(1 / (1 - rate)) : 0).AsUInt32();
        Span<float> rest = stackalloc float[Vector256<float>.Count];
        for (int at = 0; at < to.Length; at += rest.Length)
        {
            Vector256<uint> drawn = Rotated(s0 + s3, 7) + s0, shifted = s1 << 9;
            s2 ^= s0;
            s3 ^= s1;
            s1 ^= s2;
            s0 ^= s3;
            s2 ^= shifted;
            s3 = Rotated(s3, 11);
            Vector256<float> values = (Vector256.GreaterThanOrEqual(drawn, least) & kept).AsSingle();
            if (at + rest.Length <= to.Length) values.CopyTo(to[at..]);
            else
            {
                values.CopyTo(rest);
                rest[..(to.Length - at)].CopyTo(to[at..]);
            }
        }
    }

    private static Vector256<uint> Rotated(Vector256<uint> bits, int by) => (bits << by) | (bits >>> (32 - by));
}
