using Das.Models.Vision;

namespace Das.Models.Decoders;

/// <summary>Multiply-accumulates and parameters of a LLaVA, from its sizes.</summary>
public static class LlavaCost
{
    /// <param name="config">Sizes.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="textTokens">Tokens of the text, its placeholder included.</param>
    /// <param name="image">Whether the text has a placeholder.</param>
    public static ModelCost Of(LlavaConfig config, SkipMask skipped, int textTokens, bool image)
    {
        ModelCost decoder = LlamaCost.Of(config, skipped, Math.Min(config.MaxLength, textTokens + (image ? config.ImagePositions - 1 : 0)));
        long shown = image ? VisionCost.Macs(config.Clip, config.Clip.Tokens) + (config.ImagePositions * ProjectorWeights(config)) : 0;
        return new(decoder.Macs + shown, decoder.MacsFull + shown, decoder.MacsBackbone + shown, Parameters(config, skipped));
    }

    /// <summary>Weights and biases of a finished model.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="removed">Layers that are not there.</param>
    public static ParameterCounts Parameters(LlavaConfig config, SkipMask removed)
    {
        ParameterCounts decoder = LlamaCost.Parameters(config, removed);
        long projector = Projector(config);
        return new(decoder.Total + projector + VisionCost.Parameters(config.Clip), decoder.Updated + projector);
    }

    /// <summary>Weights and biases of the projector.</summary>
    public static long Projector(LlavaConfig config) => ProjectorWeights(config) + ((config.IsProjectorDeep ? 2L : 1) * config.Dim);

    private static long ProjectorWeights(LlavaConfig config) => (long)config.Dim * (config.ClipWidth + (config.IsProjectorDeep ? config.Dim : 0));
}
