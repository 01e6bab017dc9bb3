namespace Das.Bench;

/// <summary>
/// The products of a ViLT's forward pass, in its shapes and order, and nothing else: no norms, residuals, activations, biases or
/// embeddings. What a forward pass takes beyond this is what the MAC count does not know.
/// </summary>
internal sealed class ViltProducts
{
    private readonly ViltConfig config = FullSizeVilt.Config;
    private readonly SkipMask skipped;
    private readonly Tensor pixels, patchWeights, stream, inner;
    private readonly Tensor[] square, narrow, wide;
    private readonly Tensor poolerWeights, headIn, headOut;

    public ViltProducts(SkipMask skipped, int batch)
    {
        using var scope = NewDisposeScope();
        this.skipped = skipped;
        var (D, P, S) = (config.HiddenSize, config.PatchSize, FullSizeVilt.TextTokens + FullSizeVilt.ImageTokens);
        pixels = Kept(batch, 3, config.ImageSize, config.ImageSize);
        patchWeights = Kept(D, 3, P, P);
        stream = Kept(batch, S, D);
        inner = Kept(batch, S, config.MlpRatio * D);
        Tensor[] PerLayer(params long[] shape) => [.. Enumerable.Range(0, config.NumLayers).Select(_ => Kept(shape))];
        square = PerLayer(4 * D, D); // query, key, value, output
        wide = PerLayer(config.MlpRatio * D, D);
        narrow = PerLayer(config.ReplacementBottleneck, D);
        (poolerWeights, headIn, headOut) = (Kept(D, D), Kept(2 * D, D), Kept(FullSizeVilt.Heads.VqaAnswers, 2 * D));
    }

    public void Run()
    {
        using var scope = NewDisposeScope();
        F.conv2d(pixels, patchWeights, strides: [config.PatchSize, config.PatchSize]);
        int last = Enumerable.Range(0, config.NumLayers).Last(i => !skipped.Contains(i));
        for (int i = 0; i < config.NumLayers; i++)
        {
            using var layer = NewDisposeScope();
            long wanted = i >= last ? 1 : stream.shape[1];
            Tensor read = stream.narrow(1, 0, wanted);
            if (skipped.Contains(i)) Adapter(read, narrow[i]);
            else Block(i, read, wanted);
        }
        Tensor cls = stream.select(1, 0);
        F.linear(cls, poolerWeights);
        F.linear(F.linear(cls, headIn), headOut);
    }

    private void Block(int i, Tensor read, long wanted)
    {
        var (B, S, D) = (stream.shape[0], stream.shape[1], stream.shape[2]);
        Tensor Heads(Tensor x, long tokens, int part) => x.narrow(2, part * D, D).view(B, tokens, config.NumHeads, D / config.NumHeads).transpose(1, 2);
        Tensor told = F.linear(stream, square[i].narrow(0, 0, wanted == S ? 3 * D : 2 * D));
        Tensor asked = wanted == S ? Heads(told, S, 2) : Heads(F.linear(read, square[i].narrow(0, 2 * D, D)), wanted, 0);
        F.scaled_dot_product_attention(asked, Heads(told, S, 0), Heads(told, S, 1));
        F.linear(read, square[i].narrow(0, 3 * D, D));
        F.linear(read, wide[i]);
        F.linear(inner.narrow(1, 0, wanted), wide[i].t());
        Adapter(read, narrow[i].narrow(0, 0, config.InLayerBottleneck));
        Adapter(read, narrow[i].narrow(0, config.InLayerBottleneck, config.InLayerBottleneck));
    }

    private static void Adapter(Tensor read, Tensor weights) => F.linear(F.linear(read, weights), weights.t());

    private static Tensor Kept(params long[] shape) => randn(shape).mul(0.02).DetachFromDisposeScope();
}
