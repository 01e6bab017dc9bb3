namespace Das.Models.Adapters;

/// <summary>Settings of router adapters besides their sizes (method §4.2).</summary>
/// <param name="Scale">s, a factor on what is added.</param>
/// <param name="Temperature">t: the higher, the more alike both experts count. Published: 10.</param>
/// <param name="Dropout">On the inner layer while training. Published: 0.1.</param>
/// <param name="Source">Which positions route.</param>
public sealed record RouterForm(double Scale = 1, double Temperature = 10, double Dropout = 0.1, RouteSource Source = RouteSource.FirstPosition);

/// <summary>Which positions decide how much either expert counts.</summary>
public enum RouteSource
{
    /// <summary>The first of each row decides for the whole row: the modality token of a text, the class token of an image.</summary>
    FirstPosition,

    /// <summary>Each of the first row decides for the same position of all rows: the published image tower (method §8.2 B14).</summary>
    FirstRow,

    /// <summary>Each decides for itself: what the published image tower does with one image at a time.</summary>
    OwnPosition,
}

/// <summary>
/// LaVIN's bottleneck with two ways up and a router between them (method §4.2): <c>u = conv_A(z)</c>,
/// <c>s w0 conv_B(u) + s w1 conv_D(u)</c>, added to z where it is built with a residual; <c>(w0, w1) = softmax(expert_weights(z') / t)</c>.
/// <para>Luo et al.: "Cheap and Quick: Efficient Vision-Language Instruction Tuning for Large Language Models", NeurIPS 2023,
/// https://arxiv.org/abs/2305.15023.</para>
/// The convolutions of width 1 are computed as one matrix product each way: both experts, their groups and their biases at once.
/// It computes in float32 whatever the type of the hidden states.
/// </summary>
public sealed class RouterAdapter : RoutedAdapter
{
    private const int Experts = 2, Groups = 2;

    private readonly Conv1d conv_A, conv_B, conv_D;
    private readonly Linear expert_weights;
    private readonly RouterForm form;
    private readonly bool residual;

    /// <param name="size">D, the hidden size; even.</param>
    /// <param name="bottleneck">h, the inner width; even.</param>
    /// <param name="form">Scale, temperature, dropout, and who routes.</param>
    /// <param name="residual">Whether the result is z + A(z) or A(z).</param>
    public RouterAdapter(int size, int bottleneck, RouterForm form, bool residual) : base(nameof(RouterAdapter))
    {
        (this.form, this.residual) = (form, residual);
        conv_A = nn.Conv1d(size, bottleneck, 1);
        conv_B = nn.Conv1d(bottleneck, size, 1, groups: Groups);
        conv_D = nn.Conv1d(bottleneck, size, 1, groups: Groups);
        expert_weights = nn.Linear(size, Experts);
        RegisterComponents();
        PointwiseGroups.Initialize(conv_A, conv_B, conv_D);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor z, Tensor routing)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, L, D) = (z.shape[0], z.shape[1], z.shape[2]);
        Tensor x = z.to_type(conv_A.weight.dtype);
        Tensor inner = PointwiseGroups.Down(conv_A, x, form.Dropout, training);
        Tensor scaled = routing.Times(form.Scale);
        Tensor both = scaled.unsqueeze(-1).mul(inner.unsqueeze(2)).flatten(2); // (B, L, 2h)
        both = cat([both, scaled.expand(B, L, Experts)], -1);
        Tensor up = cat([PointwiseGroups.Dense(conv_B), PointwiseGroups.Dense(conv_D), conv_B.bias!.unsqueeze(1), conv_D.bias!.unsqueeze(1)], 1); // (D, 2h+2)
        Tensor y = residual ? x.reshape(B * L, D).addmm(both.flatten(0, 1), up.t(), 1, 1).view(B, L, D) : F.linear(both, up);
        return y.to_type(z.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The weights of the two experts.</summary>
    /// <param name="z">(B, S, D).</param>
    /// <returns>(B, 1, 2), or where positions decide (1, S, 2) for the first row or (B, S, 2) for each its own; sums to 1.</returns>
    public override Tensor Route(Tensor z)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor source = form.Source switch
        {
            RouteSource.FirstPosition => z.narrow(1, 0, 1),
            RouteSource.FirstRow => z.narrow(0, 0, 1),
            _ => z,
        };
        Tensor chosen = expert_weights.forward(source.to_type(expert_weights.weight.dtype));
        return chosen.Times(1 / form.Temperature).softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Weights and biases of one: 2 D h + h + 4 D + 2.</summary>
    public static long ParameterCount(long size, long bottleneck) => (2 * size * bottleneck) + bottleneck + (4 * size) + 2;

    /// <summary>Multiply-accumulates on <paramref name="tokens"/> tokens whose first one routes.</summary>
    public static long Macs(long tokens, long size, long bottleneck) => (2 * tokens * size * bottleneck) + (Experts * size);
}

/// <summary>
/// The same bottleneck with one way up, no router, no scale and no residual: <c>conv_B(conv_A(z))</c>. The published code puts it into
/// the image tower under <c>visual_adapter_type normal</c>, where it replaces what the attention reads (method §8.2 B17).
/// </summary>
public sealed class PointwiseAdapter : nn.Module<Tensor, Tensor>
{
    private readonly Conv1d conv_A, conv_B;
    private readonly double dropout;

    /// <param name="size">D, the hidden size; even.</param>
    /// <param name="bottleneck">h, the inner width; even.</param>
    /// <param name="dropout">On the inner layer while training.</param>
    public PointwiseAdapter(int size, int bottleneck, double dropout) : base(nameof(PointwiseAdapter))
    {
        this.dropout = dropout;
        conv_A = nn.Conv1d(size, bottleneck, 1);
        conv_B = nn.Conv1d(bottleneck, size, 1, groups: 2);
        RegisterComponents();
        PointwiseGroups.Initialize(conv_A, conv_B);
    }

    /// <param name="z">(B, L, D).</param>
    /// <returns>(B, L, D).</returns>
    public override Tensor forward(Tensor z)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inner = PointwiseGroups.Down(conv_A, z.to_type(conv_A.weight.dtype), dropout, training);
        return F.linear(inner, PointwiseGroups.Dense(conv_B), conv_B.bias).to_type(z.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Weights and biases of one: 3/2 D h + h + D.</summary>
    public static long ParameterCount(long size, long bottleneck) => (size * bottleneck) + (size * bottleneck / 2) + bottleneck + size;

    /// <summary>Multiply-accumulates on <paramref name="tokens"/> tokens.</summary>
    public static long Macs(long tokens, long size, long bottleneck) => (tokens * size * bottleneck) + (tokens * size * bottleneck / 2);
}

/// <summary>Convolutions of width 1, in two groups or none, as matrix products.</summary>
internal static class PointwiseGroups
{
    /// <summary>Xavier-uniform on the way down and nothing on the ways up: a new adapter changes nothing.</summary>
    public static void Initialize(Conv1d down, params IEnumerable<Conv1d> ups)
    {
        nn.init.xavier_uniform_(down.weight);
        nn.init.zeros_(down.bias!);
        foreach (Conv1d up in ups)
        {
            nn.init.zeros_(up.weight);
            nn.init.zeros_(up.bias!);
        }
    }

    /// <param name="down">D to h, no groups.</param>
    /// <param name="x">(B, L, D).</param>
    /// <param name="dropout">Share of the result that is dropped.</param>
    /// <param name="training">Whether any is.</param>
    /// <returns>(B, L, h).</returns>
    public static Tensor Down(Conv1d down, Tensor x, double dropout, bool training)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inner = F.linear(x, down.weight.squeeze(-1), down.bias);
        return inner.Dropout(dropout, training).MoveToOuterDisposeScope();
    }

    /// <param name="up">h to D in two groups: either half of the result reads its half of the inner layer.</param>
    /// <returns>(D, h), zeros where a group does not read.</returns>
    public static Tensor Dense(Conv1d up)
    {
        using DisposeScope scope = NewDisposeScope();
        return block_diag(up.weight.squeeze(-1).chunk(2, 0)).MoveToOuterDisposeScope();
    }
}
