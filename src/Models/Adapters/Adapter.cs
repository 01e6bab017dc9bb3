namespace Das.Models.Adapters;

/// <summary>
/// The bottleneck adapter of DAS (method §2.5): <c>up(relu(down(norm(x))))</c>, added to its input where
/// it is built with a residual. In-layer adapters have no residual, replacements have one.
/// </summary>
public sealed class Adapter : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;   // LayerNorm's default, whatever the backbone's own is
    private const double InitialStd = 0.02; // method §8.4 B24: new adapters are random, not zero

    private readonly LayerNorm adapter_layer_norm_before;
    private readonly Linear down_proj;
    private readonly Linear up_proj;
    private readonly bool residual;

    /// <param name="size">D, the hidden size.</param>
    /// <param name="bottleneck">Inner width.</param>
    /// <param name="residual">Whether the result is x + A(x) or A(x).</param>
    public Adapter(int size, int bottleneck, bool residual) : base(nameof(Adapter))
    {
        this.residual = residual;
        adapter_layer_norm_before = nn.LayerNorm(size, eps: Epsilon);
        down_proj = nn.Linear(size, bottleneck);
        up_proj = nn.Linear(bottleneck, size);
        RegisterComponents();

        // The in-layer adapters' truncation at ±2 is a hundred standard deviations away: both kinds are plain normals.
        foreach (Linear layer in (Linear[])[down_proj, up_proj])
        {
            nn.init.normal_(layer.weight, 0, InitialStd);
            nn.init.zeros_(layer.bias!);
        }
    }

    /// <param name="x">(B, S, D).</param>
    /// <returns>(B, S, D).</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = up_proj.forward(down_proj.forward(adapter_layer_norm_before.forward(x)).relu_());
        return (residual ? a.Plus_(x) : a).MoveToOuterDisposeScope();
    }

    /// <summary>Weights and biases of one adapter: 2 d b + 3 d + b.</summary>
    public static long ParameterCount(int size, int bottleneck) => (2L * size * bottleneck) + (3L * size) + bottleneck;

    /// <summary>Multiply-accumulates on <paramref name="tokens"/> tokens, of any bottleneck of two linear layers.</summary>
    public static long Macs(long tokens, long size, long bottleneck) => 2 * tokens * size * bottleneck;
}
