namespace Das.Models.Decoders;

/// <summary>
/// One candidate of a decoder (method §4.1, §5.4), with the adapters A, A' and R that its family has:
/// <code>
/// kept:    h = x + Attention(A(norm(x))),  y = h + FeedForward(A'(norm'(h)))
/// skipped: y = x + R(norm(x))
/// </code>
/// The first norm belongs to both forms.
/// </summary>
internal sealed class LlamaLayer
{
    private readonly int index;
    private readonly string replacement;
    private readonly RmsNorm attention_norm;

    /// <param name="index">Its number.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="adapters">The family's.</param>
    /// <param name="candidate">The block and the replacement, as far as they exist.</param>
    public LlamaLayer(int index, LlamaConfig config, DecoderAdapters adapters, SkippableLayer<LlamaBlock> candidate)
    {
        (this.index, replacement, Candidate) = (index, adapters.Replacement, candidate);
        attention_norm = config.Norm(config.Dim);
        (string, nn.Module)[] instead = candidate.Replacement is { } adapter ? [(adapters.Replacement, adapter)] : [];
        Module = new Named([.. candidate.Pretrained?.Parts ?? [], (nameof(attention_norm), attention_norm), .. instead]);
    }

    public SkippableLayer<LlamaBlock> Candidate { get; }

    /// <summary>All parts that exist, under their published names.</summary>
    public nn.Module Module { get; }

    /// <param name="x">(B, S, D).</param>
    /// <param name="pass">What the layers of this pass share.</param>
    /// <returns>(B, S, D).</returns>
    public Tensor Forward(Tensor x, DecoderPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor z = attention_norm.forward(x);
        return (Candidate.IsSkipped ? x.Plus(pass.Adapt(index, replacement, Candidate.Replacement!, z)) : Candidate.Pretrained!.Forward(index, x, z, pass))
            .MoveToOuterDisposeScope();
    }
}

/// <summary>The parts of a layer that only exist where it is not skipped.</summary>
internal sealed class LlamaBlock
{
    private readonly LlamaAttention attention;
    private readonly RmsNorm ffn_norm;
    private readonly LlamaFeedForward feed_forward;
    private readonly Dictionary<string, nn.Module<Tensor, Tensor>> inLayer;
    private readonly DecoderAdapters adapters;

    public LlamaBlock(LlamaConfig config, DecoderAdapters adapters)
    {
        this.adapters = adapters;
        (attention, ffn_norm, feed_forward) = (new(config), config.Norm(config.Dim), new(config));
        inLayer = config.InLayerBottleneck > 0 ? adapters.InLayer.ToDictionary(name => name, _ => adapters.New(AdapterRole.InLayer)) : [];
    }

    public IEnumerable<(string Name, nn.Module Module)> Parts =>
        [(nameof(attention), attention), (nameof(feed_forward), feed_forward), (nameof(ffn_norm), ffn_norm),
            .. inLayer.Select(a => (a.Key, (nn.Module)a.Value))];

    /// <param name="index">The layer's number.</param>
    /// <param name="x">(B, S, D), hidden states.</param>
    /// <param name="z">Its first norm.</param>
    /// <param name="pass">What the layers of this pass share.</param>
    public Tensor Forward(int index, Tensor x, Tensor z, DecoderPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor Adapted(string? name, Tensor input) =>
            name is not null && inLayer.TryGetValue(name, out nn.Module<Tensor, Tensor>? adapter) ? pass.Adapt(index, name, adapter, input) : input;
        Tensor h = x.Plus(attention.Forward(index, Adapted(adapters.Attention, z), pass));
        return h.Plus(feed_forward.forward(Adapted(adapters.FeedForward, ffn_norm.forward(h)))).MoveToOuterDisposeScope();
    }
}

/// <summary>Causal attention with rotary positions; several heads of queries may share one of keys and values. A head may be of any even width.</summary>
internal sealed class LlamaAttention : nn.Module
{
    private readonly PretrainedMatrix wq, wk, wv, wo;
    private readonly RmsNorm? q_norm, k_norm;
    private readonly ScalarType type, stream;
    private readonly int headSize;

    public LlamaAttention(LlamaConfig config) : base(nameof(LlamaAttention))
    {
        (type, stream, headSize) = (config.ProductType, config.StreamType, config.HeadSize);
        long D = config.Dim, own = (long)config.Heads * headSize, shared = (long)config.KeyValueHeads * headSize;
        (wq, wk, wv) = (config.Matrix(own, D, config.QkvBias), config.Matrix(shared, D, config.QkvBias), config.Matrix(shared, D, config.QkvBias));
        wo = config.Matrix(D, own, config.AttentionOutputBias);
        if (config.QkNorm) (q_norm, k_norm) = (config.Norm(headSize), config.Norm(headSize));
        RegisterComponents();
    }

    /// <param name="index">The layer's number.</param>
    /// <param name="z">(B, S, D).</param>
    /// <param name="pass">What the layers of this pass share.</param>
    /// <returns>(B, S, D) in the products' type.</returns>
    public Tensor Forward(int index, Tensor z, DecoderPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, S) = (z.shape[0], z.shape[1]);
        Tensor factor = z.As(type), q = Heads(wq), k = Heads(wk), v = Heads(wv).transpose(1, 2);
        if (q_norm is not null) (q, k) = (q_norm.forward(q), k_norm!.forward(k));
        (q, k) = (pass.Rotate(index, q), pass.Rotate(index, k).transpose(1, 2));
        if (pass.Cache is { } step) (k, v) = step.Extend(index, k, v);
        return wo.forward(pass.Attend(index, q, k, v)).MoveToOuterDisposeScope();

        Tensor Heads(PretrainedMatrix projection) => projection.forward(factor).As(stream).view(B, S, -1, headSize);
    }
}

/// <summary><c>w2(silu(w1 x) · w3 x)</c>.</summary>
internal sealed class LlamaFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly PretrainedMatrix w1, w2, w3;
    private readonly ScalarType type;

    public LlamaFeedForward(LlamaConfig config) : base(nameof(LlamaFeedForward))
    {
        type = config.ProductType;
        long D = config.Dim, inner = config.HiddenSize;
        (w1, w2, w3) = (config.Matrix(inner, D, config.MlpBias), config.Matrix(D, inner, config.MlpBias), config.Matrix(inner, D, config.MlpBias));
        RegisterComponents();
    }

    /// <param name="z">(B, S, D).</param>
    /// <returns>(B, S, D) in the products' type.</returns>
    public override Tensor forward(Tensor z)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor factor = z.As(type);
        return w2.forward(F.silu(w1.forward(factor)).mul(w3.forward(factor))).MoveToOuterDisposeScope();
    }
}
