namespace Das.Models.Decoders;

/// <summary>
/// <c>x / sqrt(mean(x²) + ε)</c> in float32, then in the weight's type, times the weight.
/// <para>Zhang, Sennrich: "Root Mean Square Layer Normalization", https://arxiv.org/abs/1910.07467.</para>
/// </summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double epsilon;

    /// <summary>Uninitialised.</summary>
    /// <param name="size">D.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="type">Of the weight.</param>
    public RmsNorm(long size, double epsilon, ScalarType type) : base(nameof(RmsNorm))
    {
        this.epsilon = epsilon;
        weight = nn.Parameter(empty(size, dtype: type));
        RegisterComponents();
    }

    /// <param name="x">(…, D).</param>
    /// <returns>(…, D) in the weight's type.</returns>
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = x.As(ScalarType.Float32);
        Tensor scale = wide.mul(wide).mean([-1], keepdim: true).Plus(epsilon).rsqrt();
        return wide.mul(scale).As(weight.dtype).mul(weight).MoveToOuterDisposeScope();
    }

    public void Initialize() => nn.init.ones_(weight);
}
