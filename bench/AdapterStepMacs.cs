namespace Das.Bench;

/// <summary>Multiply-accumulates of one sample when only adapters, pooler, head and token types learn (method §2.5).</summary>
internal static class AdapterStepMacs
{
    /// <summary>Forward, as far as the class token needs it.</summary>
    public static long Forward(SkipMask skipped) =>
        ViltCost.Macs(FullSizeVilt.Config, FullSizeVilt.Heads, skipped, FullSizeVilt.TextTokens, FullSizeVilt.ImageTokens, clsOnly: true);

    /// <summary>
    /// Forward and backward. Every product passes its gradient on to its input, which takes as much as the forward; below the patch
    /// convolution nothing learns. Once more cost the products whose other factor has a gradient too: adapters, pooler and head
    /// (their weights), queries x keys and weights x values (both are activations).
    /// </summary>
    public static long Step(SkipMask skipped)
    {
        ViltConfig config = FullSizeVilt.Config;
        long D = config.HiddenSize, S = FullSizeVilt.TextTokens + FullSizeVilt.ImageTokens, P = config.PatchSize;
        long patches = (FullSizeVilt.ImageTokens - 1) * 3 * P * P * D;
        long head = (D * D) + (D * 2 * D) + (2 * D * FullSizeVilt.Heads.VqaAnswers);
        int last = Enumerable.Range(0, config.NumLayers).Last(i => !skipped.Contains(i));
        long twice = head;
        for (int i = 0; i < config.NumLayers; i++)
        {
            long wanted = i >= last ? 1 : S;
            twice += skipped.Contains(i)
                ? 2 * wanted * D * config.ReplacementBottleneck
                : (2 * 2 * wanted * D * config.InLayerBottleneck) + (2 * wanted * S * D);
        }
        return (2 * Forward(skipped)) - patches + twice;
    }
}
