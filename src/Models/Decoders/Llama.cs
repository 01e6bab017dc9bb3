namespace Das.Models.Decoders;

/// <summary>LLaMA for text alone, as LaVIN-DAS trains it for BoolQ, CommonsenseQA and GSM8K (method §4).</summary>
/// <param name="config">Sizes.</param>
/// <param name="removed">The layers a finished model is built without; null while searching.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
/// <exception cref="DasException">The configuration contradicts itself.</exception>
public sealed class Llama(LlamaConfig config, SkipMask? removed = null) : LlamaDecoder(nameof(Llama), config, config.Adapters(), masksFirst: false, removed)
{
    public static Backbone Backbone { get; } = Backbone.Of<LlamaConfig, Llama>("llama", ImageTransform.None,
        (config, _, removed) => new Llama(config, removed), config => config.Layers, (config, _, removed) => LlamaCost.Parameters(config, removed));

    /// <summary>0: it reads no images.</summary>
    /// <inheritdoc/>
    public override int ImageSize => 0;

    public override ModelCost Cost(int textTokens, int imageHeight, int imageWidth) => LlamaCost.Of(Config, Skipped, textTokens);

    public override Sequence Assemble(TokenBatch batch) => new(Embed(batch.Ids), batch.Lengths, batch.Labels);
}
