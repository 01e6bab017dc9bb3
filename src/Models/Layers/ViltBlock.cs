using Das.Models.Adapters;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Models.Layers;

/// <summary>
/// A pre-norm transformer block with an adapter beside attention and one beside the MLP (spec §2.1); both adapters see the
/// un-normalised stream. (B, N, D) → (B, N, D).
/// </summary>
public sealed class ViltBlock : Module<Tensor, Tensor?, Tensor>
{
    private readonly LayerNorm norm1, norm2;
    private readonly Attention attn;
    private readonly Mlp mlp;
    private readonly Adapter adapter0, adapter1;

    public ViltBlock(int width, int heads, int mlpRatio, int bottleneck, double dropout) : base(nameof(ViltBlock))
    {
        norm1 = LayerNorm(width, eps: 1e-6);
        norm2 = LayerNorm(width, eps: 1e-6);
        attn = new(width, heads, dropout);
        mlp = new(width, width * mlpRatio, dropout);
        adapter0 = new(width, bottleneck, residual: false);
        adapter1 = new(width, bottleneck, residual: false);
        RegisterComponents();
    }

    /// <param name="x">(B, N, D)</param>
    /// <param name="keys">(B, 1, 1, N), true where a token may be attended to; null where all may.</param>
    public override Tensor forward(Tensor x, Tensor? keys)
    {
        x = x + attn.forward(norm1.forward(x), keys) + adapter0.forward(x);
        return x + mlp.forward(norm2.forward(x)) + adapter1.forward(x);
    }
}

/// <summary>Self-attention with one packed projection, ordered q, k, v (timm's form).</summary>
public sealed class Attention : Module<Tensor, Tensor?, Tensor>
{
    private readonly Linear qkv, proj;
    private readonly int heads;
    private readonly double dropout;

    public Attention(int width, int heads, double dropout) : base(nameof(Attention))
    {
        (this.heads, this.dropout) = (heads, dropout);
        qkv = Linear(width, 3 * width);
        proj = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? keys)
    {
        var (B, N, D) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor packed = qkv.forward(x).view(B, N, 3, heads, D / heads).permute(2, 0, 3, 1, 4); // (3, B, heads, N, D/heads)
        Tensor mixed = functional.scaled_dot_product_attention(packed[0], packed[1], packed[2], keys!, 0.0, false);
        return functional.dropout(proj.forward(mixed.transpose(1, 2).reshape(B, N, D)), dropout, training);
    }
}

/// <summary>Linear, exact GELU, Linear, with dropout after each.</summary>
public sealed class Mlp : Module<Tensor, Tensor>
{
    private readonly Linear fc1, fc2;
    private readonly double dropout;

    public Mlp(int width, int hidden, double dropout) : base(nameof(Mlp))
    {
        this.dropout = dropout;
        fc1 = Linear(width, hidden);
        fc2 = Linear(hidden, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        Tensor hidden = functional.dropout(functional.gelu(fc1.forward(x)), dropout, training);
        return functional.dropout(fc2.forward(hidden), dropout, training);
    }
}
