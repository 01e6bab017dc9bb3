namespace Das.Models.Vision;

/// <summary>Sizes of an image tower.</summary>
/// <param name="Width">W.</param>
/// <param name="Heads">Attention heads; OpenAI's towers have W / 64.</param>
/// <param name="Layers">Blocks that are built, from the first on.</param>
/// <param name="PatchSize">Side in pixels of one patch.</param>
/// <param name="ImageSize">Side in pixels of the square images.</param>
/// <param name="Adapters">In-layer adapters; null for none.</param>
/// <param name="Type">Of the pretrained weights and of the hidden states.</param>
/// <param name="Hidden">Inner width of the MLP; null for 4 W.</param>
public sealed record VisionSizes(int Width, int Heads, int Layers, int PatchSize, int ImageSize, VisionAdapters? Adapters = null,
    ScalarType Type = ScalarType.Float32, int? Hidden = null)
{
    /// <summary>Whose tower it is.</summary>
    public VisionForm Form { get; init; } = VisionForm.Clip;

    /// <summary>Inner width of the MLP.</summary>
    public int Inner => Hidden ?? 4 * Width;

    /// <summary>Patches along one side.</summary>
    public int Grid => ImageSize / PatchSize;

    /// <summary>Image tokens: the class token and the patches.</summary>
    public int Tokens => 1 + (Grid * Grid);

    internal LayerNorm Norm() => nn.LayerNorm(Width, eps: Form.Epsilon, dtype: Type);
}

/// <summary>The adapters between a block's norms and what reads them (method §4.2).</summary>
/// <param name="Type">
/// <c>router</c>: before the attention; <c>router_block</c>: before the MLP too; <c>normal</c>: as <c>router</c>, but
/// without router and residual (<see cref="PointwiseAdapter"/>).
/// </param>
/// <param name="Bottleneck">h.</param>
/// <param name="Form">Scale, temperature, dropout, and who routes; of <c>normal</c> only the dropout counts.</param>
public sealed record VisionAdapters(string Type, int Bottleneck, RouterForm Form)
{
    private static readonly string[] Types = ["router", "router_block", "normal"];

    /// <summary>Adapters in one block.</summary>
    /// <exception cref="DasException"><see cref="Type"/> is unknown.</exception>
    public int PerBlock => Type == "router_block" ? 2 : Types.Contains(Type) ? 1
        : throw new DasException(ErrorKind.Recipe, Nearest.Unknown("visualAdapterType", Type, Types));

    internal bool IsRouted => Type != "normal";

    internal nn.Module<Tensor, Tensor> New(int width) =>
        IsRouted ? new RouterAdapter(width, Bottleneck, Form, residual: true) : new PointwiseAdapter(width, Bottleneck, Form.Dropout);
}

/// <summary>
/// A pretrained image tower, CLIP's or one that differs from it by its line of <see cref="VisionForm"/>: every token of the last block that is built,
/// normalised. Parameter names are those of https://github.com/openai/CLIP below <c>visual</c>.
/// </summary>
public sealed class VisionTower : nn.Module<Tensor, Tensor>
{
    private readonly Parameter class_embedding;
    private readonly Parameter positional_embedding;
    private readonly Conv2d conv1;
    private readonly LayerNorm? ln_pre;
    private readonly LayerNorm ln_post;
    private readonly VisionBlock[] blocks;

    /// <exception cref="DasException">The sizes contradict each other.</exception>
    public VisionTower(VisionSizes sizes) : base(nameof(VisionTower))
    {
        ModelBounds.Divides("clipHeads", sizes.Heads, "clipWidth", sizes.Width);
        ModelBounds.HoldsAPatch(sizes.ImageSize, sizes.PatchSize);
        Sizes = sizes;
        int W = sizes.Width;
        class_embedding = nn.Parameter(zeros(W, dtype: sizes.Type));
        positional_embedding = nn.Parameter(zeros(sizes.Tokens, W, dtype: sizes.Type));
        conv1 = nn.Conv2d(3, W, sizes.PatchSize, stride: sizes.PatchSize, bias: sizes.Form.HasPatchBias, dtype: sizes.Type);
        if (sizes.Form.IsNormedFirst) ln_pre = sizes.Norm();
        blocks = [.. Enumerable.Range(0, sizes.Layers).Select(_ => new VisionBlock(sizes))];
        ln_post = sizes.Norm();

        register_parameter(nameof(class_embedding), class_embedding);
        register_parameter(nameof(positional_embedding), positional_embedding);
        register_module(nameof(conv1), conv1);
        if (ln_pre is not null) register_module(nameof(ln_pre), ln_pre);
        register_module("transformer", new Named(("resblocks", new Named(blocks.Select((block, i) =>
            (i.ToString(CultureInfo.InvariantCulture), (nn.Module)block))))));
        register_module(nameof(ln_post), ln_post);
        nn.init.normal_(class_embedding, 0, 0.02);
        nn.init.normal_(positional_embedding, 0, 0.02);
    }

    public VisionSizes Sizes { get; }

    /// <summary>Whether training changes the pretrained part of it.</summary>
    public bool Learns => class_embedding.requires_grad;

    /// <param name="image">(B, 3, S, S) normalised pixels.</param>
    /// <returns>(B, 1+N, W): class token, then patches in raster order.</returns>
    /// <exception cref="DasException">The images are of another size.</exception>
    public override Tensor forward(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        return ln_post.forward(HiddenStates(image, blocks.Length)[0]).MoveToOuterDisposeScope();
    }

    /// <summary>Hidden states at several depths, not normalised.</summary>
    /// <param name="image">(B, 3, S, S) normalised pixels.</param>
    /// <param name="depths">How many blocks each state has passed, ascending; 0 is the embedded image.</param>
    /// <returns>One (B, 1+N, W) for each depth.</returns>
    /// <exception cref="DasException">The images are of another size.</exception>
    public Tensor[] HiddenStates(Tensor image, params IReadOnlyList<int> depths) =>
        LayerStack.HiddenStates(() => Embed(image), (i, x) => blocks[i].forward(x), depths);

    /// <summary>The class token at several depths, not normalised: LaVIN's input from an image.</summary>
    /// <param name="image">(B, 3, S, S) normalised pixels.</param>
    /// <param name="every">Blocks from one depth to the next; the first is after so many.</param>
    /// <returns>(B, blocks / every, W).</returns>
    /// <exception cref="DasException">The images are of another size.</exception>
    public Tensor ClassTokens(Tensor image, int every)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] states = HiddenStates(image, [.. Enumerable.Range(1, blocks.Length / every).Select(i => i * every)]);
        return stack([.. states.Select(x => x.select(1, 0))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>A frozen tower's output for images, without gradient.</summary>
    /// <remarks>
    /// On the CPU one image at a time: matrix products of another height are summed in another order there, so an image's features
    /// would depend, in the last bits, on how many images stand beside it, and kept features would differ from fresh ones.
    /// </remarks>
    /// <param name="image">(B, 3, S, S) normalised pixels.</param>
    /// <param name="tower">From images to (B, N, W).</param>
    /// <returns>(B, N, W).</returns>
    public static Tensor ForwardOneByOne(Tensor image, Func<Tensor, Tensor> tower)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        bool together = image.device_type != DeviceType.CPU || image.shape[0] == 1;
        return (together ? tower(image) : cat([.. image.split(1, 0).Select(tower)], 0)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A position table for another image size: the class row as it is, the grid resized by bicubic interpolation with
    /// a = -0.75 and unaligned corners (<c>M/modules/clip_model.py:192-219</c>, method §9.1).
    /// </summary>
    /// <param name="positions">(1+g², W).</param>
    /// <param name="grid">Patches along one side of the images to come.</param>
    /// <returns>(1+grid², W), a tensor of its own or another view of the given one.</returns>
    public static Tensor Resized(Tensor positions, int grid)
    {
        var (rows, W) = (positions.shape[0], positions.shape[1]);
        long side = (long)Math.Round(Math.Sqrt(rows - 1));
        if (side == grid) return positions.alias();

        using DisposeScope scope = NewDisposeScope();
        Tensor square = positions.narrow(0, 1, side * side).view(1, side, side, W).permute(0, 3, 1, 2).to_type(ScalarType.Float32);
        Tensor resized = F.interpolate(square, [grid, grid], mode: InterpolationMode.Bicubic, align_corners: false);
        Tensor table = resized.permute(0, 2, 3, 1).reshape(grid * grid, W).to_type(positions.dtype);
        return cat([positions.narrow(0, 0, 1), table], 0).MoveToOuterDisposeScope();
    }

    private Tensor Embed(Tensor image)
    {
        long side = Sizes.Grid * Sizes.PatchSize;
        if (image.shape[2] / Sizes.PatchSize != Sizes.Grid || image.shape[3] / Sizes.PatchSize != Sizes.Grid)
            throw new DasException(ErrorKind.Recipe,
                $"The image tower was built for {side}x{side} pixels but was given {image.shape[2]}x{image.shape[3]}; set the "
                + "backbone's imageSize to the size that images are prepared in.");

        using DisposeScope scope = NewDisposeScope();
        Tensor patches = conv1.forward(image.to_type(positional_embedding.dtype)).flatten(2).transpose(1, 2); // (B, N, W)
        Tensor first = class_embedding.expand(patches.shape[0], 1, Sizes.Width);
        Tensor embedded = cat([first, patches], 1).Plus_(positional_embedding);
        return (ln_pre is null ? embedded : ln_pre.forward(embedded)).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A pre-norm block: <c>x = x + s attn(a(ln_1(x)))</c>, <c>x = x + s mlp(a(ln_2(x)))</c>, a an adapter and s a scale of each channel, where there are such.
/// </summary>
internal sealed class VisionBlock : nn.Module<Tensor, Tensor>
{
    private readonly VisionAttention attn;
    private readonly LayerNorm ln_1;
    private readonly VisionMlp mlp;
    private readonly LayerNorm ln_2;
    private readonly Parameter? ls_1, ls_2;
    private readonly nn.Module<Tensor, Tensor>? adapter_attn, adapter_mlp;

    public VisionBlock(VisionSizes sizes) : base(nameof(VisionBlock))
    {
        int W = sizes.Width;
        attn = new(W, sizes.Heads, sizes.Type);
        ln_1 = sizes.Norm();
        mlp = new(W, sizes.Inner, sizes.Type, sizes.Form.Activation);
        ln_2 = sizes.Norm();
        if (sizes.Form.HasLayerScale) (ls_1, ls_2) = (nn.Parameter(ones(W, dtype: sizes.Type)), nn.Parameter(ones(W, dtype: sizes.Type)));
        if (sizes.Adapters is { PerBlock: >= 1 } first) adapter_attn = first.New(W);
        if (sizes.Adapters is { PerBlock: 2 } second) adapter_mlp = second.New(W);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        x = Scaled(attn.forward(Adapted(ln_1.forward(x), adapter_attn)), ls_1).Plus_(x);
        return Scaled(mlp.forward(Adapted(ln_2.forward(x), adapter_mlp)), ls_2).Plus_(x).MoveToOuterDisposeScope();
    }

    private static Tensor Scaled(Tensor y, Parameter? scale) => scale is null ? y : y.mul(scale);

    private static Tensor Adapted(Tensor z, nn.Module<Tensor, Tensor>? adapter) => adapter is null ? z : adapter.forward(z);
}

/// <summary>Multi-head self-attention under the names of PyTorch's own module: packed query, key, value.</summary>
internal sealed class VisionAttention : nn.Module<Tensor, Tensor>
{
    private readonly Parameter in_proj_weight;
    private readonly Parameter in_proj_bias;
    private readonly Linear out_proj;
    private readonly int heads;

    public VisionAttention(int width, int heads, ScalarType type) : base(nameof(VisionAttention))
    {
        this.heads = heads;
        in_proj_weight = nn.Parameter(zeros(3 * width, width, dtype: type));
        in_proj_bias = nn.Parameter(zeros(3 * width, dtype: type));
        out_proj = nn.Linear(width, width, dtype: type);
        RegisterComponents();
        nn.init.normal_(in_proj_weight, 0, 0.02);
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, S, W) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] parts = F.linear(x, in_proj_weight, in_proj_bias).view(B, S, 3, heads, W / heads).permute(2, 0, 3, 1, 4).unbind(0); // (B, H, S, W/H)
        Tensor y = F.scaled_dot_product_attention(parts[0], parts[1], parts[2]).transpose(1, 2).reshape(B, S, W);
        return out_proj.forward(y).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear layers around an activation.</summary>
internal sealed class VisionMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear c_fc;
    private readonly Linear c_proj;
    private readonly Func<Tensor, Tensor> activation;

    public VisionMlp(int width, int inner, ScalarType type, Func<Tensor, Tensor> activation) : base(nameof(VisionMlp))
    {
        this.activation = activation;
        c_fc = nn.Linear(width, inner, dtype: type);
        c_proj = nn.Linear(inner, width, dtype: type);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        return c_proj.forward(activation(c_fc.forward(x))).MoveToOuterDisposeScope();
    }
}
