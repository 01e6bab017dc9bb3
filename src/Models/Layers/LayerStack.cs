namespace Das.Models.Layers;

/// <summary>Layers one after the other.</summary>
internal static class LayerStack
{
    /// <summary>Hidden states at several depths; no others are kept.</summary>
    /// <param name="embed">Makes the first layer's input.</param>
    /// <param name="layer">The layer of that index on its input.</param>
    /// <param name="depths">How many layers each state has passed, ascending; 0 is the first one's input.</param>
    public static Tensor[] HiddenStates(Func<Tensor> embed, Func<int, Tensor, Tensor> layer, IReadOnlyList<int> depths)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> states = [];
        Tensor x = embed();
        for (int depth = 0; ; depth++)
        {
            bool kept = depths[states.Count] == depth;
            if (kept) states.Add(x);
            if (states.Count == depths.Count) return [.. states.Select(s => s.MoveToOuterDisposeScope())];
            Tensor next = layer(depth, x);
            if (!kept) x.Dispose();
            x = next;
        }
    }
}
