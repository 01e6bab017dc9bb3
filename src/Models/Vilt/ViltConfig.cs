namespace Das.Models.Vilt;

/// <summary>Sizes of a ViLT; the defaults are those of the published <c>vilt_200k_mlm_itm.ckpt</c> (method §2.1, §2.5).</summary>
public sealed record ViltConfig
{
    /// <summary>Word pieces of bert-base-uncased.</summary>
    public int VocabSize { get; init; } = 30522;

    /// <summary>D, the hidden size.</summary>
    public int HiddenSize { get; init; } = 768;

    public int NumHeads { get; init; } = 12;

    public int NumLayers { get; init; } = 12;

    /// <summary>Inner width of a block's MLP over D.</summary>
    public int MlpRatio { get; init; } = 4;

    /// <summary>Rows of the text position table: the longest text in tokens.</summary>
    public int MaxTextLength { get; init; } = 40;

    /// <summary>Dropout after embeddings, attention and in the MLP, while training.</summary>
    public double DropRate { get; init; } = 0.1;

    /// <summary>Side in pixels of the square image that the position grid was built for; any image size is accepted.</summary>
    public int ImageSize { get; init; } = 384;

    /// <summary>Side in pixels of one patch.</summary>
    public int PatchSize { get; init; } = 32;

    /// <summary>Most patches kept of an image; -1 keeps all.</summary>
    public int MaxImageLength { get; init; } = -1;

    /// <summary>Rows of the model's token type table: text, image and, where there is one, second image.</summary>
    public int TokenTypes { get; init; } = 2;

    /// <summary>Bottleneck of each of a block's two in-layer adapters.</summary>
    public int InLayerBottleneck { get; init; } = 96;

    /// <summary>Bottleneck of the adapter that replaces a skipped block.</summary>
    public int ReplacementBottleneck { get; init; } = 192;

    /// <summary>Patches along one side of the position grid.</summary>
    [JsonIgnore]
    public int Grid => ImageSize / PatchSize;
}
