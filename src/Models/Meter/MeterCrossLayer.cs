using Das.Models.Bert;

namespace Das.Models.Meter;

/// <summary>
/// One co-attention layer of one stream, with three adapters (method §3.1):
/// <code>
/// a = norm(SelfAttention(x) + x + A(x))
/// c = norm(CrossAttention(a, other) + a + A'(a))
/// y = norm(Mlp(c) + c) + A''(c)
/// </code>
/// Text and image layers are alike; each cross-attends to the other stream.
/// </summary>
internal sealed class MeterCrossLayer : nn.Module
{
    /// <summary>The default of the configuration class that the published code builds these layers from.</summary>
    public const double Epsilon = 1e-12;

    private readonly BertAttention attention, crossattention;
    private readonly BertMlp mlp;
    private readonly Adapter adapter;

    public MeterCrossLayer(MeterConfig config) : base(nameof(MeterCrossLayer))
    {
        BertLayerSizes sizes = new(config.HiddenSize, config.NumHeads, config.MlpRatio * config.HiddenSize, Epsilon, config.DropRate, config.InLayerBottleneck);
        (attention, crossattention, mlp) = (new(sizes), new(sizes), new(sizes));
        adapter = new(config.HiddenSize, config.InLayerBottleneck, residual: false);
        register_module(nameof(attention), attention);
        register_module(nameof(crossattention), crossattention);
        mlp.RegisterIn(this);
        register_module(nameof(adapter), adapter);
    }

    /// <param name="x">(B, S, D), the layer's stream.</param>
    /// <param name="bias">(B, 1, 1, S), added to scores of its tokens; null for none.</param>
    /// <param name="other">(B, C, D), the other stream before its layer of the same number.</param>
    /// <param name="otherBias">(B, 1, 1, C); null for none.</param>
    /// <param name="first">Only the first so many tokens of the result are computed.</param>
    /// <returns>(B, first, D).</returns>
    public Tensor Forward(Tensor x, Tensor? bias, Tensor other, Tensor? otherBias, long first)
    {
        using DisposeScope scope = NewDisposeScope();
        return CrossAttend(SelfAttend(x, bias, first), KeyValue(other), otherBias).MoveToOuterDisposeScope();
    }

    /// <summary>Self-attention, and the queries of the cross-attention: what depends on the layer's own stream only.</summary>
    /// <inheritdoc cref="Forward"/>
    public (Tensor Attended, Tensor Query) SelfAttend(Tensor x, Tensor? bias, long first)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = attention.Forward(x.narrow(1, 0, first), x, bias);
        return (attended.MoveToOuterDisposeScope(), crossattention.Query(attended).MoveToOuterDisposeScope());
    }

    /// <summary>Keys and values of the cross-attention: what depends on the other stream only.</summary>
    /// <inheritdoc cref="Forward"/>
    public KeyValue KeyValue(Tensor other) => crossattention.KeyValue(other);

    /// <summary>Cross-attention and MLP. A batch of one on either side is broadcast to the other's.</summary>
    /// <param name="own">Of <see cref="SelfAttend"/>.</param>
    /// <param name="other">Of <see cref="KeyValue"/>.</param>
    /// <param name="otherBias">(B, 1, 1, C); null for none.</param>
    /// <returns>(B, first, D).</returns>
    public Tensor CrossAttend((Tensor Attended, Tensor Query) own, KeyValue other, Tensor? otherBias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = crossattention.Attend(own.Attended, own.Query, other, otherBias);
        return mlp.Forward(x, training).Plus(adapter.forward(x)).MoveToOuterDisposeScope();
    }
}
