namespace Das.Models.Decoders;

/// <summary>What the layers of one pass through a decoder share: positions, who sees whom, and the cache.</summary>
/// <param name="Rotation">Of <see cref="RotaryEmbedding"/>.</param>
/// <param name="Visible">(B or 1, 1, S, C), whether a position reads another; null for itself and all before it.</param>
/// <param name="IsBeginning">Whether nothing came before.</param>
/// <param name="Cache">What came before; null for nothing.</param>
internal sealed record DecoderPass(Tensor Rotation, Tensor? Visible, bool IsBeginning, CacheStep? Cache) : IDisposable
{
    /// <param name="sequence">(B, S, D); padding at the right needs no mask: nothing before it reads it.</param>
    /// <param name="config">The decoder's sizes.</param>
    /// <param name="hidesFirst">Whether the first position of a sequence is seen by itself alone: LaVIN's modality token (method §4.3).</param>
    /// <param name="cache">What came before; null for nothing.</param>
    public static DecoderPass Of(Tensor sequence, LlamaConfig config, bool hidesFirst, KeyValueCache? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        long S = sequence.shape[1];
        Device device = sequence.device;
        int[] starts = cache is null ? [0] : [.. cache.Lengths];
        bool together = Array.TrueForAll(starts, start => start == starts[0]), beginning = together && starts[0] == 0;
        long C = starts.Max() + S;

        Tensor positions = Counting(S, starts.Select(start => (long)start), device);
        Tensor? visible = !hidesFirst && (beginning || (together && S == 1)) ? null : Mask(positions, C, hidesFirst);
        CacheStep? step = cache is null ? null : CacheStep.Of(cache, S, C, device);
        step?.Slots.MoveToOuterDisposeScope();
        return new(
            RotaryEmbedding.Rotation(positions, config.HeadSize, config.RopeTheta).MoveToOuterDisposeScope(),
            visible?.MoveToOuterDisposeScope(),
            beginning,
            step);
    }

    /// <summary>Attention of this pass's positions.</summary>
    /// <param name="q">(B, H, S, d).</param>
    /// <param name="k">(B, H, C, d).</param>
    /// <param name="v">(B, H, C, d).</param>
    /// <returns>(B, H, S, d).</returns>
    public Tensor Attend(Tensor q, Tensor k, Tensor v) => IsBeginning
        ? CausalAttention.Of(q, k, v, Visible)
        : nn.functional.scaled_dot_product_attention(q, k, v, Visible);

    /// <summary>An adapter on its input; a routed one in the middle of a sequence goes by the sequence's beginning.</summary>
    public Tensor Adapt(int layer, string name, nn.Module<Tensor, Tensor> adapter, Tensor z) => Cache is { } step && adapter is RoutedAdapter routed
        ? routed.forward(z, step.Cache.Routing(layer, name, () => routed.Route(z)))
        : adapter.forward(z);

    public void Dispose()
    {
        Rotation.Dispose();
        Visible?.Dispose();
        Cache?.Dispose();
    }

    /// <summary>(rows, S): from each row's first number on.</summary>
    internal static Tensor Counting(long S, IEnumerable<long> first, Device device)
    {
        long[][] rows = [.. first.Select(from => Enumerable.Range(0, (int)S).Select(i => from + i).ToArray())];
        return tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, S], device: device);
    }

    private static Tensor Mask(Tensor positions, long columns, bool hidesFirst)
    {
        Tensor own = positions.unsqueeze(1).unsqueeze(-1), other = Counting(columns, [0], positions.device);
        Tensor seen = other.le(own);                                                              // (B or 1, 1, S, C)
        return hidesFirst ? seen.logical_and(other.ne(zeros_like(other)).logical_or(own.eq(zeros_like(own)))) : seen;
    }
}

/// <summary>One use of a cache by all layers.</summary>
/// <param name="Cache">What came before.</param>
/// <param name="Slots">(B S), where this pass's positions go: rows of a layer's memory seen as (B capacity, …).</param>
/// <param name="Columns">C, how many positions the longest row has then.</param>
internal sealed record CacheStep(KeyValueCache Cache, Tensor Slots, long Columns) : IDisposable
{
    public static CacheStep Of(KeyValueCache cache, long S, long columns, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        cache.Reserve(columns);
        return new(cache, DecoderPass.Counting(S, cache.FirstSlots, device).reshape(-1).MoveToOuterDisposeScope(), columns);
    }

    /// <summary>A layer's keys and values of all positions, after those of this pass are added: (B, C, H, d) each.</summary>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        (Tensor allKeys, Tensor allValues) = Cache.Write(layer, Slots, keys, values);
        return (allKeys.narrow(1, 0, Columns), allValues.narrow(1, 0, Columns));
    }

    public void Dispose() => Slots.Dispose();
}
