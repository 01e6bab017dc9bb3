namespace Das.Models.Vilt;

/// <summary>Multiply-accumulates and parameters of a ViLT, from its sizes.</summary>
public static class ViltCost
{
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Heads that exist and are run.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="textTokens">T.</param>
    /// <param name="imageTokens">1 + patches.</param>
    public static ModelCost Of(ViltConfig config, TaskHeads heads, SkipMask skipped, int textTokens, int imageTokens) => new(
        Macs(config, heads, skipped, textTokens, imageTokens),
        Macs(config, heads, SkipMask.Empty, textTokens, imageTokens),
        Macs(config with { InLayerBottleneck = 0 }, heads, SkipMask.Empty, textTokens, imageTokens),
        Parameters(config, heads, skipped));

    /// <summary>Multiply-accumulates of one sample's forward pass.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Heads that are run.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="textTokens">T.</param>
    /// <param name="imageTokens">1 + patches.</param>
    /// <param name="clsOnly">Of <see cref="Vilt.Fuse"/> instead of <see cref="Vilt.Encode"/>.</param>
    public static long Macs(ViltConfig config, TaskHeads heads, SkipMask skipped, int textTokens, int imageTokens, bool clsOnly = false)
    {
        skipped.ThrowIfOutside(config.NumLayers);
        long D = config.HiddenSize, S = textTokens + imageTokens;
        int last = Enumerable.Range(0, config.NumLayers).LastOrDefault(i => !skipped.Contains(i), -1);
        long macs = (imageTokens - 1) * 3L * config.PatchSize * config.PatchSize * D;
        for (int i = 0; i < config.NumLayers; i++)
        {
            long queries = clsOnly && i >= last ? 1 : S;
            macs += skipped.Contains(i) ? Adapter.Macs(queries, D, config.ReplacementBottleneck) : Block(config, S, queries);
        }
        return macs + (D * D) + heads.Macs(D, D, config.VocabSize, textTokens);
    }

    /// <summary>Multiply-accumulates of one block, in-layer adapters included.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="S">Tokens.</param>
    /// <param name="queries">Tokens whose result is computed; all tokens serve as keys and values.</param>
    public static long Block(ViltConfig config, long S, long queries)
    {
        long D = config.HiddenSize;
        long attention = (queries * D * D) + (S * D * 2 * D) + (2 * queries * S * D) + (queries * D * D);
        long mlp = 2 * queries * D * config.MlpRatio * D;
        return attention + mlp + (2 * Adapter.Macs(queries, D, config.InLayerBottleneck));
    }

    /// <summary>Weights and biases of a finished model.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Heads that exist.</param>
    /// <param name="removed">Layers whose block does not exist.</param>
    public static ParameterCounts Parameters(ViltConfig config, TaskHeads heads, SkipMask removed)
    {
        long D = config.HiddenSize, V = config.VocabSize, P = config.PatchSize, M = config.MlpRatio;
        long text = (V * D) + (config.MaxTextLength * D) + (2 * D);
        long image = D + ((1 + ((long)config.Grid * config.Grid)) * D) + (3 * P * P * D) + D;
        long block = (2 * 2 * D) + (4 * D * D) + (4 * D) + (2 * M * D * D) + (M * D) + D;
        long types = (2 * D) + (config.TokenTypes * D);

        long updated = Adapters(config, removed) + Pooler.ParameterCount(D) + types + heads.UpdatedParameters(D, D);
        return new(updated + text + image + ((config.NumLayers - removed.Count) * block) + (2 * D) + heads.FrozenParameters(D, D, V), updated);
    }

    /// <summary>Adapters of a finished model: two in every kept layer, one in place of every removed one.</summary>
    public static long Adapters(ViltConfig config, SkipMask removed)
    {
        removed.ThrowIfOutside(config.NumLayers);
        return ((config.NumLayers - removed.Count) * 2 * Adapter.ParameterCount(config.HiddenSize, config.InLayerBottleneck))
            + (removed.Count * Adapter.ParameterCount(config.HiddenSize, config.ReplacementBottleneck));
    }
}
