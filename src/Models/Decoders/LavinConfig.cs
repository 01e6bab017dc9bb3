using Das.Models.Vision;

namespace Das.Models.Decoders;

/// <summary>Sizes of a LaVIN; the defaults are those of the published LLaMA-7B with CLIP ViT-L/14 (method §4.1 to §4.3).</summary>
public sealed record LavinConfig : LlamaConfig
{
    public LavinConfig() => AdapterForm = "router";

    /// <summary>Side in pixels of the square images.</summary>
    [Range(1, ModelBounds.Width)]
    public int ImageSize { get; init; } = 224;

    /// <summary>Side in pixels of one patch.</summary>
    [Range(1, ModelBounds.Width)]
    public int PatchSize { get; init; } = 14;

    /// <summary>Whose image tower it is, <c>clip</c> or <c>dinov2</c>: a line of <see cref="VisionForm"/>; null for CLIP's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VisionTower { get; init; }

    /// <summary>How pictures are prepared for the image tower; null for as LaVIN's published code prepares them for CLIP's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TowerPictures? Pictures { get; init; }

    /// <summary>W, the width of the image tower.</summary>
    [Range(1, ModelBounds.Width)]
    public int ClipWidth { get; init; } = 1024;

    [Range(1, ModelBounds.Heads)]
    public int ClipHeads { get; init; } = 16;

    /// <summary>Blocks of the image tower.</summary>
    [Range(1, ModelBounds.Layers)]
    public int ClipLayers { get; init; } = 24;

    /// <summary>The decoder reads an image's class token after every so many blocks.</summary>
    [Range(1, ModelBounds.Layers)]
    public int ClipEvery { get; init; } = 4;

    /// <summary>Inner width of the projection of class tokens to the decoder's hidden size.</summary>
    [Range(1, ModelBounds.Width)]
    public int HiddenProj { get; init; } = 128;

    /// <summary>The image tower's adapters: <c>router</c>, <c>router_block</c> or <c>normal</c> (<see cref="VisionAdapters"/>).</summary>
    public string VisualAdapterType { get; init; } = "router";

    /// <summary>
    /// Who routes in the image tower: <c>image</c> (each image by its class token); for weights trained by the published code, whose
    /// routers read another axis (method §8.2 B14), <c>first-image</c> (all by the patches of the batch's first, as it is there) or
    /// <c>own-patches</c> (each as if it were the first, whatever the batch).
    /// </summary>
    public string VisualRouting { get; init; } = "image";

    /// <summary>Tokens before an image's vectors, without beginning and end of text. Published: "Image: ", here by LLaMA's tokenizer.</summary>
    public int[] ImagePrefix { get; init; } = [7084, 29901, 29871];

    /// <summary>Tokens where there is no image. Published: "Image: N/A", here by LLaMA's tokenizer.</summary>
    public int[] NoImagePrefix { get; init; } = [7084, 29901, 405, 29914, 29909];

    /// <summary>A text's first tokens that stand before an image: null for one, the beginning of text; 0 with a tokenizer that puts nothing before a
    /// text.</summary>
    [Range(0, ModelBounds.Tokens)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OpeningTokens { get; init; }

    /// <summary>Vectors of one image in the sequence.</summary>
    [JsonIgnore]
    internal int ImageVectors => ClipLayers / ClipEvery;

    /// <exception cref="DasException">A value is unknown.</exception>
    [JsonIgnore]
    public VisionSizes Clip => new(ClipWidth, ClipHeads, ClipLayers, PatchSize, ImageSize,
        new(VisualAdapterType, InLayerBottleneck, Router with { Source = VisualSource }), Type) { Form = VisionForm.Of(VisionTower, Pictures) };

    /// <exception cref="DasException"><see cref="VisualRouting"/> is unknown.</exception>
    [JsonIgnore]
    internal RouteSource VisualSource => VisualRouting switch
    {
        "image" => RouteSource.FirstPosition,
        "first-image" => RouteSource.FirstRow,
        "own-patches" => RouteSource.OwnPosition,
        _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("visualRouting", VisualRouting, ["image", "first-image", "own-patches"])),
    };

    /// <summary>Positions that stand before the rest of a text: the modality token, and what follows the first token for an image or for none.</summary>
    internal int InsertedPositions(bool image) => 1 + (image ? ImagePrefix.Length + ImageVectors : NoImagePrefix.Length);
}
