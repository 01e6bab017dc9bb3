namespace Das.Models.Meter;

/// <summary>
/// One co-attention layer of one stream, with three adapters (method §3.1):
/// <code>
/// a = norm(SelfAttention(x) + x + A(x))
/// c = norm(CrossAttention(a, other) + a + A'(a))
/// y = norm(Mlp(c) + c) + A''(c)
/// </code>
/// Text and image layers are the same; only who is the other differs.
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

    /// <param name="own">(B, S, D), the layer's stream.</param>
    /// <param name="ownBias">(B, 1, 1, S), added to scores of its tokens; null for none.</param>
    /// <param name="other">(B, C, D), the other stream before its layer of the same number.</param>
    /// <param name="otherBias">(B, 1, 1, C); null for none.</param>
    /// <param name="first">Only the first so many tokens of the result are wanted, and computed.</param>
    /// <returns>(B, first, D).</returns>
    public Tensor Forward(Tensor own, Tensor? ownBias, Tensor other, Tensor? otherBias, long first)
    {
        using DisposeScope scope = NewDisposeScope();
        return Meet(Alone(own, ownBias, first), Tell(other), otherBias).MoveToOuterDisposeScope();
    }

    /// <summary>What depends on the layer's own stream alone.</summary>
    /// <inheritdoc cref="Forward"/>
    public (Tensor Attended, Tensor Query) Alone(Tensor own, Tensor? ownBias, long first)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = attention.Forward(own.narrow(1, 0, first), own, ownBias);
        return (attended.MoveToOuterDisposeScope(), crossattention.Ask(attended).MoveToOuterDisposeScope());
    }

    /// <summary>What depends on the other stream alone.</summary>
    /// <inheritdoc cref="Forward"/>
    public Told Tell(Tensor other) => crossattention.Tell(other);

    /// <summary>The rest. One row on either side meets all rows of the other.</summary>
    /// <param name="alone">Of <see cref="Alone"/>.</param>
    /// <param name="told">Of <see cref="Tell"/>.</param>
    /// <param name="otherBias">(B, 1, 1, C); null for none.</param>
    /// <returns>(B, first, D).</returns>
    public Tensor Meet((Tensor Attended, Tensor Query) alone, Told told, Tensor? otherBias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = crossattention.Answer(alone.Attended, alone.Query, told, otherBias);
        return mlp.Forward(x, training).Plus(adapter.forward(x)).MoveToOuterDisposeScope();
    }
}
