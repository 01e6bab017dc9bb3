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
    public override Tensor forward(Tensor x) => weight.requires_grad ? Normalized(x) : Recomputed.Known(Normalized, Gradient, x);

    public void Initialize() => nn.init.ones_(weight);

    private Tensor Normalized(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = x.As(ScalarType.Float32);
        return wide.mul(Scale(wide)).As(weight.dtype).mul(weight).MoveToOuterDisposeScope();
    }

    /// <summary>With s the scale and g the gradient times the weight: <c>s (g - x s² mean(g x))</c>, in half of autograd's passes over memory.</summary>
    private Tensor Gradient(Tensor x, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = x.As(ScalarType.Float32), scale = Scale(wide), weighted = gradient.mul(weight).As(ScalarType.Float32);
        Tensor along = weighted.mul(wide).mean([-1], keepdim: true).mul(scale.mul(scale).mul(scale));
        return weighted.mul_(scale).addcmul_(wide, along, Scalars.Of(-1.0)).As(x.dtype).MoveToOuterDisposeScope();
    }

    /// <returns>(…, 1).</returns>
    private Tensor Scale(Tensor wide) => wide.mul(wide).mean([-1], keepdim: true).Plus(epsilon).rsqrt();
}
