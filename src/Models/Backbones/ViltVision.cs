using Das.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Models.Backbones;

/// <summary>The part of ViLT that the published names call <c>transformer</c>: patch embedding, positions, blocks, final norm.</summary>
internal sealed class ViltVision : Module
{
    public readonly Parameter cls_token, pos_embed;
    public readonly PatchEmbedding patch_embed;
    public readonly IndexedModules<ViltBlock> blocks;
    public readonly LayerNorm norm;
    private readonly ViltConfig config;
    private readonly Func<int, int, int, int[]> choosePatches;

    public ViltVision(ViltConfig config, IEnumerable<int> layers, Func<int, int, int, int[]> choosePatches) : base("transformer")
    {
        (this.config, this.choosePatches) = (config, choosePatches);
        cls_token = Parameter(zeros(1, 1, config.HiddenSize));
        pos_embed = Parameter(zeros(1, 1 + config.Grid * config.Grid, config.HiddenSize));
        init.trunc_normal_(cls_token, 0, 0.02);
        init.trunc_normal_(pos_embed, 0, 0.02);
        patch_embed = new(config.HiddenSize, config.PatchSize);
        blocks = new(layers, _ => new ViltBlock(config.HiddenSize, config.NumHeads, config.MlpRatio, config.InLayerBottleneck, config.DropRate));
        norm = LayerNorm(config.HiddenSize, eps: 1e-6);
        RegisterComponents();
    }

    /// <summary>Image tokens (B, 1+L, D), which of them are valid (B, 1+L; null: all), and the layout behind them.</summary>
    public (Tensor Tokens, Tensor? Mask, PatchLayout? Layout) Embed(Tensor images)
    {
        var (B, D) = (images.shape[0], (long)config.HiddenSize);
        Tensor patches = patch_embed.forward(images);                       // (B, D, h, w)
        PatchLayout? layout = PatchLayout.Of(images, config.PatchSize, config.MaxImageLength, choosePatches);
        Tensor tokens = patches.flatten(2).transpose(1, 2);                 // (B, h·w, D)
        Tensor positions = Positions(layout?.Extents ?? [((int)patches.shape[2], (int)patches.shape[3])], ((int)patches.shape[2], (int)patches.shape[3]));
        Tensor? mask = null;
        if (layout is not null)
        {
            Tensor cells = tensor(layout.Cells, B, layout.Length).to(images.device).unsqueeze(-1).expand(B, layout.Length, D);
            tokens = tokens.gather(1, cells);                               // (B, L, D)
            positions = positions.gather(1, cells);
            mask = cat([ones(B, 1, ScalarType.Bool, images.device), tensor(layout.Mask, B, layout.Length).to(images.device)], 1);
        }
        Tensor cls = (cls_token + pos_embed.narrow(1, 0, 1)).expand(B, 1, D);
        return (functional.dropout(cat([cls, tokens + positions], 1), config.DropRate, training), mask, layout);
    }

    /// <summary>The learnt grid stretched over each image's own extent (bilinear, corners aligned), zero elsewhere: (B or 1, h·w, D).</summary>
    private Tensor Positions((int Rows, int Columns)[] extents, (int Rows, int Columns) grid)
    {
        Tensor learnt = pos_embed.narrow(1, 1, config.Grid * config.Grid).transpose(1, 2).view(1, config.HiddenSize, config.Grid, config.Grid);
        Dictionary<(int, int), Tensor> stretched = [];
        foreach ((int rows, int columns) in extents.Distinct())
        {
            Tensor own = (rows, columns) == (config.Grid, config.Grid) ? learnt
                : functional.interpolate(learnt, [rows, columns], mode: InterpolationMode.Bilinear, align_corners: true);
            stretched[(rows, columns)] = functional.pad(own, [0, grid.Columns - columns, 0, grid.Rows - rows]);
        }
        Tensor all = extents.Length == 1 ? stretched[extents[0]] : cat([.. extents.Select(e => stretched[e])], 0);
        return all.flatten(2).transpose(1, 2);
    }
}

/// <summary>Patches as a strided convolution: (B, 3, H, W) → (B, D, H/P, W/P).</summary>
internal sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    private readonly Conv2d proj;

    public PatchEmbedding(int width, int patch) : base(nameof(PatchEmbedding))
    {
        proj = Conv2d(3, width, patch, stride: patch);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => proj.forward(images);
}
