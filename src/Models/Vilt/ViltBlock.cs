namespace Das.Models.Vilt;

/// <summary>
/// A pre-norm transformer block with two parallel adapters (method §2.1):
/// <code>
/// x = x + Attention(norm1(x)) + adapter0(x)
/// x = x + Mlp(norm2(x)) + adapter1(x)
/// </code>
/// The adapters read the hidden states themselves, not the normalised ones.
/// </summary>
internal sealed class ViltBlock : nn.Module<Tensor, Tensor?, Tensor>
{
    /// <summary>timm's LayerNorm epsilon, which also the final norm uses.</summary>
    public const double Epsilon = 1e-6;

    private readonly LayerNorm norm1;
    private readonly ViltAttention attn;
    private readonly LayerNorm norm2;
    private readonly ViltMlp mlp;
    private readonly Adapter adapter0;
    private readonly Adapter adapter1;

    public ViltBlock(ViltConfig config) : base(nameof(ViltBlock))
    {
        norm1 = nn.LayerNorm(config.HiddenSize, eps: Epsilon);
        attn = new(config);
        norm2 = nn.LayerNorm(config.HiddenSize, eps: Epsilon);
        mlp = new(config);
        adapter0 = new(config.HiddenSize, config.InLayerBottleneck, residual: false);
        adapter1 = new(config.HiddenSize, config.InLayerBottleneck, residual: false);
        RegisterComponents();
    }

    /// <inheritdoc cref="forward(Tensor, Tensor?, long)"/>
    public override Tensor forward(Tensor x, Tensor? mask) => forward(x, mask, x.shape[1]);

    /// <param name="x">(B, S, D).</param>
    /// <param name="mask">(B, 1, 1, S) booleans, true where a token may be attended to; null where all may.</param>
    /// <param name="first">Only the first so many tokens of the result are computed.</param>
    /// <returns>(B, first, D).</returns>
    public Tensor forward(Tensor x, Tensor? mask, long first)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = attn.forward(norm1.forward(x), mask, first);
        x = first < x.shape[1] ? x.narrow(1, 0, first) : x;
        x = attended.Plus_(x).Plus_(adapter0.forward(x));
        x = mlp.forward(norm2.forward(x)).Plus_(x).Plus_(adapter1.forward(x));
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention with one packed, biased projection ordered query, key, value.</summary>
internal sealed class ViltAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly Linear qkv;
    private readonly Linear proj;
    private readonly int heads;
    private readonly double drop;

    public ViltAttention(ViltConfig config) : base(nameof(ViltAttention))
    {
        (heads, drop) = (config.NumHeads, config.DropRate);
        qkv = nn.Linear(config.HiddenSize, 3 * config.HiddenSize);
        proj = nn.Linear(config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? mask) => forward(x, mask, x.shape[1]);

    public Tensor forward(Tensor x, Tensor? mask, long first)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, S, D) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor q, k, v;
        if (first < S)
        {
            q = F.linear(x.narrow(1, 0, first), qkv.weight!.narrow(0, 0, D), qkv.bias!.narrow(0, 0, D));
            Tensor kv = F.linear(x, qkv.weight!.narrow(0, D, 2 * D), qkv.bias!.narrow(0, D, 2 * D));
            q = q.view(B, first, heads, D / heads).transpose(1, 2);                         // (B, H, first, D/H)
            Tensor[] parts = kv.view(B, S, 2, heads, D / heads).permute(2, 0, 3, 1, 4).unbind(0);
            (k, v) = (parts[0], parts[1]);                                                  // (B, H, S, D/H)
        }
        else
        {
            Tensor[] parts = qkv.forward(x).view(B, S, 3, heads, D / heads).permute(2, 0, 3, 1, 4).unbind(0);
            (q, k, v) = (parts[0], parts[1], parts[2]);                                     // (B, H, S, D/H)
        }
        Tensor y = F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).reshape(B, first, D);
        return proj.forward(y).Dropout(drop, training).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear layers around the exact (erf) GELU.</summary>
internal sealed class ViltMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly double drop;

    public ViltMlp(ViltConfig config) : base(nameof(ViltMlp))
    {
        drop = config.DropRate;
        fc1 = nn.Linear(config.HiddenSize, config.MlpRatio * config.HiddenSize);
        fc2 = nn.Linear(config.MlpRatio * config.HiddenSize, config.HiddenSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inner = fc1.forward(x).gelu().Dropout(drop, training);
        return fc2.forward(inner).Dropout(drop, training).MoveToOuterDisposeScope();
    }
}
