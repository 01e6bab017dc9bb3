namespace Das.Models.Adapters;

/// <summary>
/// The bottleneck adapter of decoder layers (method §4.2, §5.4): <c>s up(relu(down(z)))</c>, added to z where it is built with a
/// residual. It computes in float32 whatever the type of the hidden states.
/// </summary>
public sealed class TextAdapter : nn.Module<Tensor, Tensor>
{
    private readonly (Linear Down, Linear Up) bottleneck; // a tuple, so that they are registered once
    private readonly double scale;
    private readonly bool residual;

    /// <param name="size">D, the hidden size.</param>
    /// <param name="bottleneck">Inner width.</param>
    /// <param name="residual">Whether the result is z + A(z) or A(z).</param>
    /// <param name="form">The family's names, scale and start.</param>
    public TextAdapter(int size, int bottleneck, bool residual, TextAdapterForm form) : base(nameof(TextAdapter))
    {
        (scale, this.residual) = (form.Scale, residual);
        (Linear Down, Linear Up) = this.bottleneck = (nn.Linear(size, bottleneck), nn.Linear(bottleneck, size));
        register_module(form.Down, Down);
        register_module(form.Up, Up);
        nn.init.xavier_uniform_(Down.weight!);
        if (form.ZeroInitialized) nn.init.zeros_(Up.weight!);
        else nn.init.xavier_uniform_(Up.weight!);
        nn.init.zeros_(Down.bias!);
        nn.init.zeros_(Up.bias!);
    }

    /// <param name="z">(B, S, D).</param>
    /// <returns>(B, S, D) in z's type.</returns>
    public override Tensor forward(Tensor z)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = z.As(ScalarType.Float32), a = bottleneck.Up.forward(bottleneck.Down.forward(wide).relu_());
        if (scale != 1) a = a.Times(scale);
        return (residual ? a.Plus(wide) : a).As(z.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Weights and biases of one adapter: 2 d b + d + b.</summary>
    public static long ParameterCount(int size, int bottleneck) => (2L * size * bottleneck) + size + bottleneck;
}

/// <summary>A family's bottleneck adapters: names, scale and initial values.</summary>
/// <param name="Down">The first layer's published name.</param>
/// <param name="Up">The second layer's.</param>
/// <param name="Scale">s.</param>
/// <param name="ZeroInitialized">Whether <paramref name="Up"/> starts as zeros, or as <paramref name="Down"/> does.</param>
public sealed record TextAdapterForm(string Down, string Up, double Scale, bool ZeroInitialized);
