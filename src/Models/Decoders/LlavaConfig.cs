using Das.Models.Vision;

namespace Das.Models.Decoders;

/// <summary>Sizes of a LLaVA; the defaults are those of the published LLaVA-1.5-7B with CLIP ViT-L/14 at 336 pixels (method §5.1, §5.4).</summary>
public sealed record LlavaConfig : LlamaConfig
{
    public LlavaConfig()
    {
        (NormEps, MaxLength) = (1e-5, 2048);
        (AdapterPlaces, InLayerBottleneck, ReplacementBottleneck) = ("block", 64, 256);
    }

    /// <summary>Side in pixels of the square images.</summary>
    [Range(1, ModelBounds.Width)]
    public int ImageSize { get; init; } = 336;

    /// <summary>Side in pixels of one patch.</summary>
    [Range(1, ModelBounds.Width)]
    public int PatchSize { get; init; } = 14;

    /// <summary>Whose image tower it is, <c>clip</c> or <c>dinov2</c>: a line of <see cref="VisionForm"/>; null for CLIP's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? VisionTower { get; init; }

    /// <summary>How pictures are prepared for the image tower; null for as LLaVA's published code prepares them for CLIP's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TowerPictures? Pictures { get; init; }

    /// <summary>W, the width of the image tower.</summary>
    [Range(1, ModelBounds.Width)]
    public int ClipWidth { get; init; } = 1024;

    [Range(1, ModelBounds.Heads)]
    public int ClipHeads { get; init; } = 16;

    /// <summary>Blocks of the published image tower; those after the state that the decoder reads are not built.</summary>
    [Range(0, ModelBounds.Layers)]
    public int ClipLayers { get; init; } = 24;

    /// <summary>Inner width of the tower's MLPs; null for 4 W.</summary>
    [Range(1, ModelBounds.Inner)]
    public int? ClipHidden { get; init; }

    /// <summary>Which hidden state of the tower the decoder reads: so many blocks after the embedding (0), or counted from the last state (-1).</summary>
    [Range(-1 - ModelBounds.Layers, ModelBounds.Layers)]
    public int SelectLayer { get; init; } = -2;

    /// <summary><c>patch</c>, or <c>cls_patch</c>: the class token in front of the patches.</summary>
    public string SelectFeature { get; init; } = "patch";

    /// <summary>The projection of features to the decoder's hidden size: <c>mlp2x_gelu</c>, two linear layers around a GELU, or <c>linear</c>.</summary>
    public string Projector { get; init; } = "mlp2x_gelu";

    /// <summary>Whether the projector starts from random values, as in LLaVA's own pretraining: the decoder's checkpoint is a LLaMA's, without one.</summary>
    public bool NewProjector { get; init; }

    /// <summary>Of the blocks that are built.</summary>
    [JsonIgnore]
    public VisionSizes Clip => new(ClipWidth, ClipHeads, SelectLayer < 0 ? ClipLayers + 1 + SelectLayer : SelectLayer, PatchSize, ImageSize, Type: Type,
        Hidden: ClipHidden) { Form = VisionForm.Of(VisionTower, Pictures) };

    /// <summary>N: positions that one image takes in the sequence.</summary>
    [JsonIgnore]
    public int ImagePositions => Clip.Tokens - FirstSelected;

    /// <summary>The first of the tower's tokens that the decoder reads.</summary>
    /// <exception cref="DasException"><see cref="SelectFeature"/> is unknown.</exception>
    [JsonIgnore]
    internal int FirstSelected => SelectFeature switch
    {
        "patch" => 1,
        "cls_patch" => 0,
        _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("selectFeature", SelectFeature, ["patch", "cls_patch"])),
    };

    /// <exception cref="DasException"><see cref="Projector"/> is unknown.</exception>
    [JsonIgnore]
    internal bool IsProjectorDeep => Projector switch
    {
        "mlp2x_gelu" => true,
        "linear" => false,
        _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("projector", Projector, ["mlp2x_gelu", "linear"])),
    };

    /// <summary>LLaVA's (method §5.4): the replacement adds its input, too, to the hidden states.</summary>
    /// <inheritdoc/>
    internal override DecoderAdapters Adapters() => AdapterForm == "bottleneck"
        ? new("adapter_adapt_0", BeforeFeedForward("adapter_adapt_1"), "adapter_replace", role =>
            new TextAdapter(Dim, Bottleneck(role), residual: true, new("down", "up", AdapterScale, ZeroInitialized: false))) // G/train/das_adapter.py
        : throw new DasException(ErrorKind.Recipe, Nearest.Unknown("adapterForm", AdapterForm, ["bottleneck"]));

    /// <exception cref="DasException">A value is unknown, or contradicts another.</exception>
    internal override void ThrowIfImpossible()
    {
        base.ThrowIfImpossible();
        if (Clip.Layers < 0 || Clip.Layers > ClipLayers)
            throw new DasException(ErrorKind.Recipe,
                $"selectLayer is {SelectLayer}, which is no state of an image tower of {ClipLayers} blocks: give 0 to {ClipLayers}, "
                + $"or {-1 - ClipLayers} to -1.");
        if (MaxLength <= ImagePositions)
            throw new DasException(ErrorKind.Recipe, $"maxLength is {MaxLength}, but an image alone takes {ImagePositions} positions: give more.");
    }
}
