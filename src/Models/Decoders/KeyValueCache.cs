namespace Das.Models.Decoders;

/// <summary>
/// The decode state: keys and values of all previous positions, by layer, and the routings that routed adapters computed at the
/// beginning. Rows may be of different length; each continues at its own position. Skipped layers have no keys and values.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> layers = [];
    private readonly Dictionary<(int, string), Tensor> routings = [];
    private int[] lengths;
    private long capacity;

    /// <param name="rows">B.</param>
    /// <param name="capacity">Positions that memory is reserved for in each row; it grows where more come.</param>
    public KeyValueCache(int rows, int capacity) : this(new int[rows], capacity) { }

    private KeyValueCache(int[] lengths, long capacity) => (this.lengths, this.capacity) = (lengths, capacity);

    /// <summary>Cached positions of each row.</summary>
    public IReadOnlyList<int> Lengths => lengths;

    /// <summary>Layers with keys and values.</summary>
    public IReadOnlyCollection<int> Layers => layers.Keys;

    /// <summary>A cache of its own in which each row continues one of this one; a row may be taken several times or never.</summary>
    public KeyValueCache Select(IReadOnlyList<int> rows)
    {
        using DisposeScope scope = NewDisposeScope();
        KeyValueCache selected = new([.. rows.Select(row => lengths[row])], capacity);
        if (layers.Count == 0) return selected;
        Tensor index = tensor(rows.Select(row => (long)row).ToArray(), device: layers.Values.First().Keys.device);
        foreach ((int layer, (Tensor keys, Tensor values)) in layers)
            selected.layers[layer] = (keys.index_select(0, index).DetachFromDisposeScope(), values.index_select(0, index).DetachFromDisposeScope());
        foreach (((int, string) adapter, Tensor routing) in routings) selected.routings[adapter] = routing.index_select(0, index).DetachFromDisposeScope();
        return selected;
    }

    /// <summary>Moves the rows of another cache of the same model behind this one's; the other is empty then.</summary>
    public void Append(KeyValueCache other)
    {
        long longer = Math.Max(capacity, other.capacity);
        Grow(longer);
        other.Grow(longer);
        foreach ((int layer, (Tensor keys, Tensor values)) in other.layers)
            layers[layer] = layers.TryGetValue(layer, out (Tensor Keys, Tensor Values) held)
                ? (Both(held.Keys, keys), Both(held.Values, values)) : (keys, values);
        foreach (((int, string) adapter, Tensor routing) in other.routings)
            routings[adapter] = routings.TryGetValue(adapter, out Tensor? held) ? Both(held, routing) : routing;
        lengths = [.. lengths, .. other.lengths];
        other.layers.Clear();
        other.routings.Clear();
        other.lengths = [];

        static Tensor Both(Tensor first, Tensor second)
        {
            Tensor both = cat([first, second], 0).DetachFromDisposeScope();
            first.Dispose();
            second.Dispose();
            return both;
        }
    }

    public void Dispose()
    {
        foreach ((Tensor keys, Tensor values) in layers.Values)
        {
            keys.Dispose();
            values.Dispose();
        }
        foreach (Tensor routing in routings.Values) routing.Dispose();
        layers.Clear();
        routings.Clear();
    }

    /// <summary>Room for so many positions in every row.</summary>
    internal void Reserve(long positions)
    {
        if (positions > capacity) Grow(Math.Max(positions, 2 * capacity));
    }

    private void Grow(long wanted)
    {
        if (wanted == capacity) return;
        foreach ((int layer, (Tensor keys, Tensor values)) in layers) layers[layer] = (Grown(keys), Grown(values));
        capacity = wanted;

        Tensor Grown(Tensor held)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor more = zeros([held.shape[0], held.shape[1], wanted - held.shape[2], held.shape[3]], dtype: held.dtype, device: held.device);
            Tensor grown = cat([held, more], 2).DetachFromDisposeScope();
            held.Dispose();
            return grown;
        }
    }

    /// <summary>Puts keys and values in their places.</summary>
    /// <returns>The layer's whole memory, (B, H, capacity, d) each; it stays the cache's.</returns>
    internal (Tensor Keys, Tensor Values) Write(int layer, CacheStep step, Tensor keys, Tensor values)
    {
        if (!layers.TryGetValue(layer, out (Tensor Keys, Tensor Values) held)) layers[layer] = held = (Room(keys), Room(values));
        Put(held.Keys, keys);
        Put(held.Values, values);
        return held;

        // Zeros: what no row has written yet is read with weight 0, which does not help against NaN.
        Tensor Room(Tensor like) => zeros([like.shape[0], like.shape[1], capacity, like.shape[3]], dtype: like.dtype, device: like.device)
            .DetachFromDisposeScope();

        void Put(Tensor memory, Tensor fresh)
        {
            using DisposeScope scope = NewDisposeScope();
            if (step.Start is { } start) memory.narrow(2, start, fresh.shape[2]).copy_(fresh);
            else memory.scatter_(2, step.Positions!.expand(fresh.shape), fresh);
        }
    }

    /// <summary>An adapter's routing at the beginning of the sequences; computed now if this is the beginning.</summary>
    internal Tensor Routing(int layer, string adapter, Func<Tensor> compute)
    {
        if (!routings.TryGetValue((layer, adapter), out Tensor? kept)) routings[(layer, adapter)] = kept = compute().DetachFromDisposeScope();
        return kept;
    }

    /// <summary>To be called once all layers have added their keys and values.</summary>
    internal void Advance(IReadOnlyList<int> by)
    {
        for (int row = 0; row < lengths.Length; row++) lengths[row] += by[row];
    }
}
