namespace Das.Models.Vision;

/// <summary>Multiply-accumulates and parameters of an image tower, from its sizes.</summary>
public static class VisionCost
{
    /// <summary>Multiply-accumulates of one image, its adapters included.</summary>
    /// <param name="sizes">Sizes.</param>
    /// <param name="imageTokens">1 + patches.</param>
    public static long Macs(VisionSizes sizes, long imageTokens)
    {
        long W = sizes.Width, N = imageTokens;
        long block = (4 * N * W * W) + (2 * N * N * W) + (2 * N * W * sizes.Inner);
        return ((N - 1) * 3 * sizes.PatchSize * sizes.PatchSize * W) + (sizes.Layers * (block + AdapterMacs(sizes, N)));
    }

    /// <summary>Weights and biases of the pretrained tower.</summary>
    public static long Parameters(VisionSizes sizes)
    {
        long W = sizes.Width, P = sizes.PatchSize, norm = 2 * W;
        long block = (4 * W * W) + (4 * W) + (2 * W * sizes.Inner) + sizes.Inner + W + (2 * norm) + (sizes.Form.HasLayerScale ? 2 * W : 0);
        return W + (sizes.Tokens * W) + (3 * P * P * W) + (sizes.Form.HasPatchBias ? W : 0) + ((sizes.Form.IsNormedFirst ? 2 : 1) * norm)
            + (sizes.Layers * block);
    }

    /// <summary>Weights and biases of its adapters.</summary>
    public static long AdapterParameters(VisionSizes sizes) => sizes.Adapters is not { } adapters ? 0 : sizes.Layers * adapters.PerBlock * (adapters.IsRouted
        ? RouterAdapter.ParameterCount(sizes.Width, adapters.Bottleneck)
        : PointwiseAdapter.ParameterCount(sizes.Width, adapters.Bottleneck));

    private static long AdapterMacs(VisionSizes sizes, long tokens) => sizes.Adapters is not { } adapters ? 0 : adapters.PerBlock * (adapters.IsRouted
        ? RouterAdapter.Macs(tokens, sizes.Width, adapters.Bottleneck)
        : PointwiseAdapter.Macs(tokens, sizes.Width, adapters.Bottleneck));
}
