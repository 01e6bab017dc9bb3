using Das.Models.Vision;

namespace Das.Models.Decoders;

/// <summary>Multiply-accumulates and parameters of a LaVIN, from its sizes.</summary>
public static class LavinCost
{
    /// <param name="config">Sizes.</param>
    /// <param name="skipped">Layers run as their replacement.</param>
    /// <param name="textTokens">Tokens of the text, its first included.</param>
    /// <param name="image">Whether there is an image.</param>
    public static ModelCost Of(LavinConfig config, SkipMask skipped, int textTokens, bool image)
    {
        ModelCost decoder = LlamaCost.Of(config, skipped, Math.Min(config.MaxLength, textTokens + config.InsertedPositions(image)));
        long projector = ProjectorWeights(config) * config.ImageVectors;
        long shown = image ? VisionCost.Macs(config.Clip, config.Clip.Tokens) + projector : 0;
        long shownBare = image ? VisionCost.Macs(config.Clip with { Adapters = null }, config.Clip.Tokens) + projector : 0;
        return new(decoder.Macs + shown, decoder.MacsFull + shown, decoder.MacsBackbone + shownBare, Parameters(config, skipped));
    }

    /// <summary>Weights and biases of a finished model.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="removed">Layers that are not there.</param>
    public static ParameterCounts Parameters(LavinConfig config, SkipMask removed)
    {
        ParameterCounts decoder = LlamaCost.Parameters(config, removed);
        long front = VisionCost.AdapterParameters(config.Clip) + ProjectorWeights(config) + config.HiddenProj + config.Dim + (2L * config.Dim);
        return new(decoder.Total + front + VisionCost.Parameters(config.Clip), decoder.Updated + front);
    }

    private static long ProjectorWeights(LavinConfig config) => (long)config.HiddenProj * (config.ClipWidth + config.Dim);
}
