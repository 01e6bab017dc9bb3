namespace Das.Models.Decoders;

/// <summary>Multiply-accumulates and parameters of a LLaMA decoder, from its sizes.</summary>
public static class LlamaCost
{
    /// <param name="config">Sizes.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="tokens">T, whose logits are all computed.</param>
    public static ModelCost Of(LlamaConfig config, SkipMask skipped, int tokens) => new(
        Macs(config, skipped, tokens),
        Macs(config, SkipMask.Empty, tokens),
        Macs(config with { InLayerBottleneck = 0 }, SkipMask.Empty, tokens),
        Parameters(config, skipped));

    /// <summary>Multiply-accumulates of one sequence's forward pass, those of masked attention scores included.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="tokens">T.</param>
    public static long Macs(LlamaConfig config, SkipMask skipped, long tokens)
    {
        skipped.ThrowIfOutside(config.Layers);
        long D = config.Dim;
        long kept = (tokens * (AttentionWeights(config) + FeedForwardWeights(config))) + (2 * tokens * tokens * D)
            + (Places(config) * AdapterMacs(config, tokens, config.InLayerBottleneck));
        return ((config.Layers - skipped.Count) * kept) + (skipped.Count * AdapterMacs(config, tokens, config.ReplacementBottleneck))
            + (tokens * D * config.VocabSize);
    }

    /// <summary>Weights and biases of a finished model.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="removed">Layers that are not there: of these only the first norm is.</param>
    public static ParameterCounts Parameters(LlamaConfig config, SkipMask removed)
    {
        long D = config.Dim, updated = Adapters(config, removed), kept = config.Layers - removed.Count;
        return new(updated + (2 * D * config.VocabSize) + D + (config.Layers * D) + (kept * (AttentionWeights(config) + FeedForwardWeights(config) + D)),
            updated);
    }

    /// <summary>Adapters of a finished model: one or two in every kept layer, one in place of every removed one.</summary>
    public static long Adapters(LlamaConfig config, SkipMask removed)
    {
        removed.ThrowIfOutside(config.Layers);
        return ((config.Layers - removed.Count) * Places(config) * AdapterParameters(config, config.InLayerBottleneck))
            + (removed.Count * AdapterParameters(config, config.ReplacementBottleneck));
    }

    private static long AdapterMacs(LlamaConfig config, long tokens, int bottleneck) => bottleneck == 0 ? 0
        : config.HasRouters ? RouterAdapter.Macs(tokens, config.Dim, bottleneck) : Adapter.Macs(tokens, config.Dim, bottleneck);

    private static long AdapterParameters(LlamaConfig config, int bottleneck) =>
        config.HasRouters ? RouterAdapter.ParameterCount(config.Dim, bottleneck) : TextAdapter.ParameterCount(config.Dim, bottleneck);

    private static int Places(LlamaConfig config) => config.Adapters().InLayer.Count();

    private static long AttentionWeights(LlamaConfig config) => 2L * config.Dim * (config.Dim + (config.KeyValueHeads * config.HeadSize));

    private static long FeedForwardWeights(LlamaConfig config) => 3L * config.Dim * config.HiddenSize;
}
