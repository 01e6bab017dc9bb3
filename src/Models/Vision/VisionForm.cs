namespace Das.Models.Vision;

/// <summary>What tells the image towers of one publisher from another's: a line of a table. All are one <see cref="VisionTower"/>.</summary>
/// <param name="Name">What configurations call it.</param>
/// <param name="Epsilon">Of its norms.</param>
/// <param name="IsNormedFirst">Whether the embedded image is normed before the first block.</param>
/// <param name="HasPatchBias">Whether the embedding of patches has a bias.</param>
/// <param name="HasLayerScale">Whether what attention and MLP add is scaled, channel by channel.</param>
/// <param name="Activation">Between the MLP's two layers.</param>
public sealed record VisionForm(
    string Name, double Epsilon, bool IsNormedFirst, bool HasPatchBias, bool HasLayerScale, Func<Tensor, Tensor> Activation)
{
    /// <summary>Radford et al.: "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021, https://arxiv.org/abs/2103.00020;
    /// weights of https://github.com/openai/CLIP. Its approximation of the GELU is <c>x sigmoid(1.702 x)</c>.</summary>
    public static VisionForm Clip { get; } = new("clip", 1e-5, IsNormedFirst: true, HasPatchBias: false, HasLayerScale: false,
        x => x.Times(1.702).sigmoid_().mul(x));

    /// <summary>Oquab et al.: "DINOv2: Learning Robust Visual Features without Supervision", TMLR 2024, https://arxiv.org/abs/2304.07193; weights of
    /// https://huggingface.co/facebook/dinov2-small and its larger ones without a gated MLP.</summary>
    public static VisionForm Dinov2 { get; } = new("dinov2", 1e-6, IsNormedFirst: false, HasPatchBias: true, HasLayerScale: true, x => x.gelu());

    private static readonly VisionForm[] All = [Clip, Dinov2];

    /// <summary>The line of that name; null stands for CLIP's.</summary>
    /// <exception cref="DasException">There is none.</exception>
    public static VisionForm Of(string? name) => name is null ? Clip : Array.Find(All, form => form.Name == name)
        ?? throw new DasException(ErrorKind.Recipe, Nearest.Unknown("visionTower", name, All.Select(form => form.Name)));

    /// <summary>The line of that name, of a model whose pictures can be prepared: the published code of a family prepares them for CLIP.</summary>
    /// <exception cref="DasException">There is none of that name, or nobody says how its pictures are prepared.</exception>
    internal static VisionForm Of(string? name, TowerPictures? pictures)
    {
        VisionForm form = Of(name);
        pictures?.ThrowIfImpossible();
        return form == Clip || pictures is not null ? form : throw new DasException(ErrorKind.Checkpoint,
            $"Nothing says how pictures are prepared for the image tower '{name}': put its {HuggingFacePictures.FileName} beside its weights, or say "
            + "pictures in backbone.config (docs/towers.md).");
    }
}
