namespace Das.Models.Decoders;

/// <summary>Rotary positions, attention masks and KV cache of one forward pass, which all layers share.</summary>
/// <param name="Config">Says which layers rotate and which have a window.</param>
/// <param name="Rotation">Of <see cref="RotaryEmbedding"/>.</param>
/// <param name="Mask">(B or 1, 1, S, C) booleans, whether a query attends to a key; null for the causal mask.</param>
/// <param name="WindowMask">The same of a windowed layer; null where the window is as long as the sequences.</param>
/// <param name="IsPrefill">Whether the sequences begin here: nothing is cached yet.</param>
/// <param name="Cache">Keys and values of what came before; null for nothing.</param>
internal sealed record DecoderPass(LlamaConfig Config, Tensor Rotation, Tensor? Mask, Tensor? WindowMask, bool IsPrefill, CacheStep? Cache) : IDisposable
{
    /// <param name="sequence">(B, S, D); padding at the right needs no mask: nothing before it attends to it.</param>
    /// <param name="config">The decoder's sizes.</param>
    /// <param name="masksFirst">Whether only the first position itself attends to the first position: LaVIN's modality token (method §4.3).</param>
    /// <param name="cache">What came before; null for nothing.</param>
    public static DecoderPass Of(Tensor sequence, LlamaConfig config, bool masksFirst, KeyValueCache? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        long S = sequence.shape[1];
        Device device = sequence.device;
        int[] starts = cache is null ? [0] : [.. cache.Lengths];
        bool aligned = Array.TrueForAll(starts, start => start == starts[0]), prefill = aligned && starts[0] == 0;
        long C = starts.Max() + S;

        Tensor positions = Consecutive(S, starts.Select(start => (long)start), device);
        Tensor? mask = !masksFirst && (prefill || (aligned && S == 1)) ? null : MaskOf(positions, C, masksFirst);
        Tensor? windowMask = config.SlidingWindow is { } window && window < C ? MaskOf(positions, C, masksFirst, window) : null;
        CacheStep? step = cache is null ? null : CacheStep.Of(cache, S, C, device);
        step?.Slots.MoveToOuterDisposeScope();
        return new(
            config,
            RotaryEmbedding.Rotation(positions, config.RotaryFrequencies()).MoveToOuterDisposeScope(),
            mask?.MoveToOuterDisposeScope(),
            windowMask?.MoveToOuterDisposeScope(),
            prefill,
            step);
    }

    /// <summary>A layer's queries or keys at their positions.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="x">(B, S, H, d).</param>
    /// <returns>(B, S, H, d).</returns>
    public Tensor Rotate(int layer, Tensor x) => Config.IsRotated(layer) ? RotaryEmbedding.Rotate(x, Rotation) : x;

    /// <summary>Attention of this pass's queries.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="q">(B, H, S, d).</param>
    /// <param name="k">(B, H, C, d).</param>
    /// <param name="v">(B, H, C, d).</param>
    /// <returns>(B, H, S, d).</returns>
    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v)
    {
        Tensor? mask = WindowMask is not null && Config.IsWindowed(layer) ? WindowMask : Mask;
        return IsPrefill ? CausalAttention.Of(q, k, v, mask) : nn.functional.scaled_dot_product_attention(q, k, v, mask);
    }

    /// <summary>An adapter's output; a routed one in the middle of a sequence uses the routing of the sequence's beginning.</summary>
    public Tensor Adapt(int layer, string name, nn.Module<Tensor, Tensor> adapter, Tensor z) => Cache is { } step && adapter is RoutedAdapter routed
        ? routed.forward(z, step.Cache.Routing(layer, name, () => routed.Route(z)))
        : adapter.forward(z);

    public void Dispose()
    {
        Rotation.Dispose();
        Mask?.Dispose();
        WindowMask?.Dispose();
        Cache?.Dispose();
    }

    /// <summary>(rows, S): S consecutive numbers from each row's first.</summary>
    internal static Tensor Consecutive(long S, IEnumerable<long> first, Device device)
    {
        long[][] rows = [.. first.Select(from => Enumerable.Range(0, (int)S).Select(i => from + i).ToArray())];
        return tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, S], device: device);
    }

    private static Tensor MaskOf(Tensor positions, long columns, bool masksFirst, int? window = null)
    {
        Tensor query = positions.unsqueeze(1).unsqueeze(-1), key = Consecutive(columns, [0], positions.device);
        Tensor causal = key.le(query);                                                           // (B or 1, 1, S, C)
        if (window is { } width) causal = causal.logical_and(key.add(Scalars.Of((long)width), Scalars.One).gt(query));
        return masksFirst ? causal.logical_and(key.ne(zeros_like(key)).logical_or(query.eq(zeros_like(query)))) : causal;
    }
}

/// <summary>One forward pass's access to the KV cache, by all layers.</summary>
/// <param name="Cache">Keys and values of what came before.</param>
/// <param name="Slots">(B S), where this pass's positions go: rows of a layer's memory seen as (B capacity, …).</param>
/// <param name="Columns">C, how many positions the longest row has then.</param>
internal sealed record CacheStep(KeyValueCache Cache, Tensor Slots, long Columns) : IDisposable
{
    public static CacheStep Of(KeyValueCache cache, long S, long columns, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        cache.Reserve(columns);
        return new(cache, DecoderPass.Consecutive(S, cache.FirstSlots, device).reshape(-1).MoveToOuterDisposeScope(), columns);
    }

    /// <summary>A layer's keys and values of all positions, after those of this pass are added: (B, C, H, d) each.</summary>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        (Tensor allKeys, Tensor allValues) = Cache.Write(layer, Slots, keys, values);
        return (allKeys.narrow(1, 0, Columns), allValues.narrow(1, 0, Columns));
    }

    public void Dispose() => Slots.Dispose();
}
