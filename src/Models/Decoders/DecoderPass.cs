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
        CacheStep? step = cache is null ? null : CacheStep.Of(cache, positions, C, aligned);
        step?.Positions?.MoveToOuterDisposeScope();
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

    /// <summary>Attention of this pass's queries, several of whose heads may share one of keys and values.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="q">(B, S, H, d).</param>
    /// <param name="k">(B, H or fewer, C, d).</param>
    /// <param name="v">(B, H or fewer, C, d).</param>
    /// <returns>(B, S, H d).</returns>
    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? mask = WindowMask is not null && Config.IsWindowed(layer) ? WindowMask : Mask;
        var (B, S, sharing) = (q.shape[0], q.shape[1], q.shape[2] / k.shape[1]);
        Tensor y;
        if (S == 1) // the heads that share keys are so many queries of one head: nothing is copied
            y = nn.functional.scaled_dot_product_attention(q.view(B, k.shape[1], sharing, -1), k, v, mask);
        else
        {
            if (sharing > 1) (k, v) = (k.repeat_interleave(sharing, 1), v.repeat_interleave(sharing, 1));
            q = q.transpose(1, 2);
            y = (IsPrefill ? CausalAttention.Of(q, k, v, mask) : nn.functional.scaled_dot_product_attention(q, k, v, mask)).transpose(1, 2);
        }
        return y.reshape(B, S, -1).MoveToOuterDisposeScope();
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
/// <param name="Start">Where this pass's positions begin in every row; null where rows differ.</param>
/// <param name="Positions">(B, 1, S, 1), where they are in each row; null where all begin at <paramref name="Start"/>.</param>
/// <param name="Columns">C, how many positions the longest row has then.</param>
internal sealed record CacheStep(KeyValueCache Cache, long? Start, Tensor? Positions, long Columns) : IDisposable
{
    /// <param name="cache">What came before.</param>
    /// <param name="positions">(B or 1, S), those of this pass.</param>
    /// <param name="columns">C.</param>
    /// <param name="aligned">Whether every row has come as far.</param>
    public static CacheStep Of(KeyValueCache cache, Tensor positions, long columns, bool aligned)
    {
        cache.Reserve(columns);
        return aligned ? new(cache, cache.Lengths[0], null, columns) : new(cache, null, positions.unsqueeze(1).unsqueeze(-1), columns);
    }

    /// <summary>A layer's keys and values of all positions, after those of this pass are added: (B, H, C, d) each.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="keys">(B, H, S, d).</param>
    /// <param name="values">(B, H, S, d).</param>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        (Tensor allKeys, Tensor allValues) = Cache.Write(layer, this, keys, values);
        return (allKeys.narrow(2, 0, Columns), allValues.narrow(2, 0, Columns));
    }

    public void Dispose() => Positions?.Dispose();
}
