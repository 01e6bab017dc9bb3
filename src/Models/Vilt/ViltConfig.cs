namespace Das.Models.Vilt;

/// <summary>Sizes of a ViLT; the defaults are those of the published <c>vilt_200k_mlm_itm.ckpt</c> (method §2.1, §2.5).</summary>
public sealed record ViltConfig
{
    /// <summary>Word pieces of bert-base-uncased.</summary>
    [Range(1, ModelBounds.Tokens)]
    public int VocabSize { get; init; } = 30522;

    /// <summary>D, the hidden size.</summary>
    [Range(1, ModelBounds.Width)]
    public int HiddenSize { get; init; } = 768;

    [Range(1, ModelBounds.Heads)]
    public int NumHeads { get; init; } = 12;

    [Range(1, ModelBounds.Layers)]
    public int NumLayers { get; init; } = 12;

    /// <summary>Inner width of a block's MLP over D.</summary>
    [Range(1, ModelBounds.Heads)]
    public int MlpRatio { get; init; } = 4;

    /// <summary>Rows of the text position table: the longest text in tokens.</summary>
    [Range(1, ModelBounds.Tokens)]
    public int MaxTextLength { get; init; } = 40;

    /// <summary>Dropout after embeddings, attention and in the MLP, while training.</summary>
    [Range(0.0, 1.0)]
    public double DropRate { get; init; } = 0.1;

    /// <summary>Side in pixels of the square image that the position grid was built for; any image size is accepted.</summary>
    [Range(1, ModelBounds.Width)]
    public int ImageSize { get; init; } = 384;

    /// <summary>Side in pixels of one patch.</summary>
    [Range(1, ModelBounds.Width)]
    public int PatchSize { get; init; } = 32;

    /// <summary>Most patches kept of an image; -1 keeps all.</summary>
    [Range(-1, ModelBounds.Tokens)]
    public int MaxImageLength { get; init; } = -1;

    /// <summary>Rows of the model's token type table: text, image and, where there is one, second image.</summary>
    [Range(1, ModelBounds.Heads)]
    public int TokenTypes { get; init; } = 2;

    /// <summary>Bottleneck of each of a block's two in-layer adapters.</summary>
    [Range(0, ModelBounds.Width)]
    public int InLayerBottleneck { get; init; } = 96;

    /// <summary>Bottleneck of the adapter that replaces a skipped block.</summary>
    [Range(0, ModelBounds.Width)]
    public int ReplacementBottleneck { get; init; } = 192;

    /// <summary>Patches along one side of the position grid.</summary>
    [JsonIgnore]
    public int Grid => ImageSize / PatchSize;

    /// <exception cref="DasException">The sizes contradict each other.</exception>
    internal void ThrowIfImpossible()
    {
        ModelBounds.Divides("numHeads", NumHeads, "hiddenSize", HiddenSize);
        ModelBounds.HoldsAPatch(ImageSize, PatchSize);
    }
}
