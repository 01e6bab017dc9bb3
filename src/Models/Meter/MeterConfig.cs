using Das.Models.Bert;
using Das.Models.Vision;

namespace Das.Models.Meter;

/// <summary>Sizes of a METER; the defaults are those of the published <c>meter_clip16_288_roberta_pretrain.ckpt</c> (method §3.1, §3.2, §3.5).</summary>
public sealed record MeterConfig
{
    /// <summary>Tokens of roberta-base.</summary>
    [Range(1, ModelBounds.Tokens)]
    public int VocabSize { get; init; } = 50265;

    /// <summary>D, the width of the text encoder and of both streams.</summary>
    [Range(1, ModelBounds.Width)]
    public int HiddenSize { get; init; } = 768;

    /// <summary>Attention heads of the text encoder and of the cross layers.</summary>
    [Range(1, ModelBounds.Heads)]
    public int NumHeads { get; init; } = 12;

    /// <summary>L, the cross layers of each stream; 2 L layers may be skipped.</summary>
    [Range(1, ModelBounds.Layers)]
    public int NumLayers { get; init; } = 6;

    /// <summary>Inner width of a cross layer's MLP over D.</summary>
    [Range(1, ModelBounds.Heads)]
    public int MlpRatio { get; init; } = 4;

    /// <summary>The longest text in tokens; the published F30K recipe uses 40.</summary>
    [Range(1, ModelBounds.Tokens)]
    public int MaxTextLength { get; init; } = 50;

    /// <summary>Dropout in the cross layers while training, on attention weights too.</summary>
    [Range(0.0, 1.0)]
    public double DropRate { get; init; } = 0.1;

    /// <summary><c>roberta</c> or <c>bert</c>.</summary>
    public string TextEncoder { get; init; } = "roberta";

    [Range(0, ModelBounds.Layers)]
    public int TextLayers { get; init; } = 12;

    /// <summary>Inner width of a text encoder layer's MLP.</summary>
    [Range(1, ModelBounds.Inner)]
    public int TextIntermediate { get; init; } = 3072;

    /// <summary>Rows of the text encoder's position table; 512 for BERT.</summary>
    [Range(1, ModelBounds.Tokens)]
    public int TextPositions { get; init; } = 514;

    /// <summary>
    /// Dropout in the frozen text encoder while training, which the published code leaves on. With 0 a text's encoding is
    /// always the same and can be kept.
    /// </summary>
    [Range(0.0, 1.0)]
    public double TextDropRate { get; init; } = 0.1;

    /// <summary>Side in pixels of the square images; the published recipes take 288 for NLVR2 and 384 otherwise.</summary>
    [Range(1, ModelBounds.Width)]
    public int ImageSize { get; init; } = 384;

    /// <summary>Side in pixels of one patch.</summary>
    [Range(1, ModelBounds.Width)]
    public int PatchSize { get; init; } = 16;

    /// <summary>Whose image tower it is, <c>clip</c> or <c>dinov2</c>: a line of <see cref="VisionForm"/>; null for CLIP's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VisionTower { get; init; }

    /// <summary>How pictures are prepared for the image tower; null for as METER's published code prepares them for CLIP's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TowerPictures? Pictures { get; init; }

    /// <summary>W, the width of the image tower.</summary>
    [Range(1, ModelBounds.Width)]
    public int ClipWidth { get; init; } = 768;

    [Range(1, ModelBounds.Heads)]
    public int ClipHeads { get; init; } = 12;

    /// <summary>Blocks of the image tower that are built; CLIP's own last one is not (method §3.1).</summary>
    [Range(0, ModelBounds.Layers)]
    public int ClipLayers { get; init; } = 11;

    /// <summary>Rows of the model's token type table: text, image and, where there is one, second image.</summary>
    [Range(1, ModelBounds.Heads)]
    public int TokenTypes { get; init; } = 2;

    /// <summary>Bottleneck of each of a cross layer's three in-layer adapters.</summary>
    [Range(0, ModelBounds.Width)]
    public int InLayerBottleneck { get; init; } = 96;

    /// <summary>Bottleneck of the adapter that replaces a skipped layer.</summary>
    [Range(0, ModelBounds.Width)]
    public int ReplacementBottleneck { get; init; } = 288;

    /// <summary>The line of the text encoder.</summary>
    /// <exception cref="DasException"><see cref="TextEncoder"/> is unknown.</exception>
    [JsonIgnore]
    internal BertForm TextForm => BertForm.Of(TextEncoder);

    /// <exception cref="DasException">The sizes contradict each other.</exception>
    internal void ThrowIfImpossible() => ModelBounds.Divides("numHeads", NumHeads, "hiddenSize", HiddenSize);

    /// <summary>Of the image tower.</summary>
    /// <exception cref="DasException">The tower is unknown, or nothing says how its pictures are prepared.</exception>
    internal VisionSizes Clip => new(ClipWidth, ClipHeads, ClipLayers, PatchSize, ImageSize) { Form = VisionForm.Of(VisionTower, Pictures) };

    /// <summary>Of the text tower.</summary>
    /// <exception cref="DasException">The encoder is unknown, or its positions do not reach for the longest text.</exception>
    internal BertSizes Bert()
    {
        BertSizes sizes = new(VocabSize, HiddenSize, NumHeads, TextLayers, TextIntermediate, TextPositions, TextForm, TextDropRate);
        return MaxTextLength <= sizes.LongestText ? sizes
            : throw new DasException(ErrorKind.Recipe, $"maxTextLength is {MaxTextLength}, but {TextPositions} textPositions of a {TextEncoder} "
                + $"encoder hold {sizes.LongestText} tokens; lower the first or raise the second.");
    }
}
