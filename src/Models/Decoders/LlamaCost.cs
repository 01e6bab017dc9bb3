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

    /// <summary>Multiply-accumulates of one sequence's forward pass, those of masked attention scores included, whatever the window.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="tokens">T.</param>
    public static long Macs(LlamaConfig config, SkipMask skipped, long tokens)
    {
        skipped.ThrowIfOutside(config.Layers);
        long D = config.Dim;
        long kept = (tokens * (AttentionWeights(config) + FeedForwardWeights(config))) + (2 * tokens * tokens * config.Heads * config.HeadSize)
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
        long tables = config.TiedOutput ? 1 : 2, layer = AttentionWeights(config) + FeedForwardWeights(config) + Biases(config) + D;
        return new(updated + (tables * D * config.VocabSize) + D + (config.Layers * D) + (kept * layer), updated);
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

    private static long AttentionWeights(LlamaConfig config) => 2L * config.Dim * (config.Heads + config.KeyValueHeads) * config.HeadSize;

    /// <summary>Of a kept layer, and the norms of its queries and keys.</summary>
    private static long Biases(LlamaConfig config) =>
        (config.QkvBias ? (config.Heads + (2L * config.KeyValueHeads)) * config.HeadSize : 0) + (config.AttentionOutputBias ? config.Dim : 0)
        + (config.MlpBias ? (2L * config.HiddenSize) + config.Dim : 0) + (config.QkNorm ? 2L * config.HeadSize : 0);

    private static long FeedForwardWeights(LlamaConfig config) => 3L * config.Dim * config.HiddenSize;
}
