using Das.Models.Vision;

namespace Das.Models.Meter;

/// <summary>Multiply-accumulates and parameters of a METER, from its sizes.</summary>
public static class MeterCost
{
    private const int AdaptersInLayer = 3;

    /// <param name="config">Sizes.</param>
    /// <param name="heads">Heads that exist and are run.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="textTokens">T.</param>
    /// <param name="imageTokens">1 + patches.</param>
    public static ModelCost Of(MeterConfig config, TaskHeads heads, SkipMask skipped, int textTokens, int imageTokens) => new(
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
    /// <param name="clsOnly">Of <see cref="Meter.Fuse"/> instead of <see cref="Meter.Encode"/>.</param>
    public static long Macs(MeterConfig config, TaskHeads heads, SkipMask skipped, int textTokens, int imageTokens, bool clsOnly = false)
    {
        skipped.ThrowIfOutside(2 * config.NumLayers);
        long D = config.HiddenSize, T = textTokens, N = imageTokens;
        int L = config.NumLayers, last = Enumerable.Range(0, L).LastOrDefault(i => !skipped.Contains(i) || !skipped.Contains(L + i), -1);
        long fusion = 0;
        for (int i = 0; i < L; i++)
        {
            bool first = clsOnly && i >= last;
            fusion += Candidate(i, T, N, first ? 1 : T) + Candidate(L + i, N, T, first ? 1 : N);
        }
        return ImageTower(config, N) + TextTower(config, T) + (T * D * D) + (N * config.ClipWidth * D) + fusion + (2 * D * D)
            + heads.Macs(D, 2 * D, config.VocabSize, T);

        long Candidate(int index, long own, long other, long queries) =>
            skipped.Contains(index) ? Adapter.Macs(queries, D, config.ReplacementBottleneck) : CrossLayer(config, own, other, queries);
    }

    /// <summary>Multiply-accumulates of one cross layer, in-layer adapters included.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="own">Tokens of its stream.</param>
    /// <param name="other">Tokens of the other stream.</param>
    /// <param name="queries">Tokens whose result is computed.</param>
    public static long CrossLayer(MeterConfig config, long own, long other, long queries)
    {
        long D = config.HiddenSize;
        return Attention(D, queries, own) + Attention(D, queries, other) + (2 * queries * D * config.MlpRatio * D)
            + (AdaptersInLayer * Adapter.Macs(queries, D, config.InLayerBottleneck));
    }

    /// <summary>Multiply-accumulates of the image tower.</summary>
    public static long ImageTower(MeterConfig config, long imageTokens) => VisionCost.Macs(config.Clip, imageTokens);

    /// <summary>Multiply-accumulates of the text tower.</summary>
    public static long TextTower(MeterConfig config, long textTokens) =>
        config.TextLayers * (Attention(config.HiddenSize, textTokens, textTokens) + (2 * textTokens * config.HiddenSize * config.TextIntermediate));

    /// <summary>Weights and biases of a finished model.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Heads that exist.</param>
    /// <param name="removed">Layers whose pretrained form does not exist.</param>
    public static ParameterCounts Parameters(MeterConfig config, TaskHeads heads, SkipMask removed)
    {
        long D = config.HiddenSize, W = config.ClipWidth, norm = 2 * D;
        long image = VisionCost.Parameters(config.Clip);
        long text = ((config.VocabSize + config.TextPositions + config.TextForm.TokenTypes) * D) + norm
            + (config.TextLayers * (AttentionParameters(D) + MlpParameters(D, config.TextIntermediate) + (2 * norm)));
        long cross = (2 * AttentionParameters(D)) + MlpParameters(D, config.MlpRatio * D) + (3 * norm);
        long projections = (D * D) + D + (W * D) + D;

        long updated = Adapters(config, removed) + (2 * Pooler.ParameterCount(D)) + (config.TokenTypes * D) + D + heads.UpdatedParameters(D, 2 * D);
        long kept = (2 * config.NumLayers) - removed.Count;
        return new(updated + image + text + projections + (kept * cross) + heads.FrozenParameters(D, 2 * D, config.VocabSize), updated);
    }

    /// <summary>Adapters of a finished model: three in every kept layer, one in place of every removed one.</summary>
    public static long Adapters(MeterConfig config, SkipMask removed)
    {
        removed.ThrowIfOutside(2 * config.NumLayers);
        return (((2 * config.NumLayers) - removed.Count) * AdaptersInLayer * Adapter.ParameterCount(config.HiddenSize, config.InLayerBottleneck))
            + (removed.Count * Adapter.ParameterCount(config.HiddenSize, config.ReplacementBottleneck));
    }

    /// <summary>Projections of query and output, of key and value, and the two products between them.</summary>
    private static long Attention(long D, long queries, long keys) => (2 * queries * D * D) + (2 * keys * D * D) + (2 * queries * keys * D);

    private static long AttentionParameters(long D) => (4 * D * D) + (4 * D);

    private static long MlpParameters(long D, long inner) => (2 * D * inner) + inner + D;
}
