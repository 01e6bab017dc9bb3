namespace Das.Models.Backbones;

/// <summary>ViLT's dimensions; the defaults are the published ViLT-B/32 (spec §2.1) and DAS adapters (spec §2.5).</summary>
public sealed record ViltConfig
{
    public int VocabSize { get; init; } = 30522;

    /// <summary>D.</summary>
    public int HiddenSize { get; init; } = 768;
    public int NumHeads { get; init; } = 12;
    public int NumLayers { get; init; } = 12;
    public int MlpRatio { get; init; } = 4;
    public int MaxTextLength { get; init; } = 40;
    public double DropRate { get; init; } = 0.1;

    /// <summary>Image side in pixels for which the table of positions was learnt; its grid is ImageSize / PatchSize wide.</summary>
    public int ImageSize { get; init; } = 384;
    public int PatchSize { get; init; } = 32;

    /// <summary>At most so many patches of an image are looked at; -1: all.</summary>
    public int MaxImageLength { get; init; } = -1;

    /// <summary>Rows of the modality table: text, image, and a third for the second image of NLVR2.</summary>
    public int TokenTypes { get; init; } = 2;
    public int InLayerBottleneck { get; init; } = 96;
    public int ReplacementBottleneck { get; init; } = 192;

    /// <summary>Side of the learnt grid of positions, in patches.</summary>
    internal int Grid => ImageSize / PatchSize;
}

/// <summary>Which heads a ViLT has besides its pooler.</summary>
/// <param name="VqaAnswers">V, the answers of the VQA head; 0: none.</param>
/// <param name="Mlm">Masked language modelling.</param>
/// <param name="Itm">Image-text matching.</param>
public sealed record ViltHeads(int VqaAnswers = 0, bool Mlm = false, bool Itm = false);
