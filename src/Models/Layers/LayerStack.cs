namespace Das.Models.Layers;

/// <summary>Layers one after the other.</summary>
internal static class LayerStack
{
    /// <summary>The stream at several depths; no other state is kept.</summary>
    /// <param name="embed">What enters the first layer.</param>
    /// <param name="layer">The layer of that index on its input.</param>
    /// <param name="depths">How many layers each wanted state has passed, ascending; 0 is what enters.</param>
    public static Tensor[] After(Func<Tensor> embed, Func<int, Tensor, Tensor> layer, IReadOnlyList<int> depths)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> states = [];
        Tensor x = embed();
        for (int depth = 0; ; depth++)
        {
            bool wanted = depths[states.Count] == depth;
            if (wanted) states.Add(x);
            if (states.Count == depths.Count) return [.. states.Select(s => s.MoveToOuterDisposeScope())];
            Tensor next = layer(depth, x);
            if (!wanted) x.Dispose();
            x = next;
        }
    }
}
