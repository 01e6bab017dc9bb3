using Das.Models.Backbones;
using Das.Models.Skipping;

namespace Das.Models.Cost;

/// <summary>Multiply-accumulate operations of one forward pass of one sample, and parameter counts, from the architecture alone.</summary>
public static class Macs
{
    /// <summary>ViLT with adapters and VQA pooling (the classifier left out: it depends on the task, not on the skipping).</summary>
    /// <param name="config">Dimensions.</param>
    /// <param name="textTokens">T.</param>
    /// <param name="imageTokens">1 + L.</param>
    /// <param name="skipped">The layers replaced by adapters.</param>
    public static long Vilt(ViltConfig config, int textTokens, int imageTokens, SkipMask skipped)
    {
        long tokens = textTokens + imageTokens, width = config.HiddenSize;
        long patches = (imageTokens - 1) * width * 3L * config.PatchSize * config.PatchSize;
        long block = tokens * (4 + 2L * config.MlpRatio) * width * width + 2 * tokens * tokens * width;
        long kept = block + 2 * Adapter(tokens, width, config.InLayerBottleneck);
        long replaced = Adapter(tokens, width, config.ReplacementBottleneck);
        return patches + (config.NumLayers - skipped.Count) * kept + skipped.Count * replaced + width * width;
    }

    /// <summary>Parameters of the adapters in use: two in-layer ones per kept block, one replacement per skipped block (spec Appendix B).</summary>
    public static long ViltAdapterParameters(ViltConfig config, int skipped) =>
        (config.NumLayers - skipped) * 2L * Adapters.Adapter.ParameterCount(config.HiddenSize, config.InLayerBottleneck)
        + skipped * Adapters.Adapter.ParameterCount(config.HiddenSize, config.ReplacementBottleneck);

    private static long Adapter(long tokens, long width, long bottleneck) => 2 * tokens * width * bottleneck;
}
