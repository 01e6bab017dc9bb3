namespace Das.Models.Bert;

/// <summary>Sizes of a BERT layer.</summary>
/// <param name="Width">D.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Intermediate">Inner width of the MLP.</param>
/// <param name="Epsilon">Of its norms.</param>
/// <param name="Drop">Dropout while training, on attention weights and before each residual.</param>
/// <param name="Bottleneck">Of DAS's in-layer adapters; null for a layer without.</param>
internal sealed record BertLayerSizes(int Width, int Heads, int Intermediate, double Epsilon, double Drop, int? Bottleneck = null);

/// <summary>
/// A post-norm transformer layer.
/// <para>Devlin et al.: "BERT", https://arxiv.org/abs/1810.04805; names of Hugging Face's <c>BertLayer</c>.</para>
/// </summary>
internal sealed class BertLayer : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly BertAttention attention;
    private readonly BertMlp mlp;

    public BertLayer(BertLayerSizes sizes) : base(nameof(BertLayer))
    {
        attention = new(sizes);
        mlp = new(sizes);
        register_module(nameof(attention), attention);
        mlp.RegisterIn(this);
    }

    /// <param name="x">(B, S, D).</param>
    /// <param name="bias">(B, 1, 1, S), added to attention scores; null for none.</param>
    /// <returns>(B, S, D).</returns>
    public override Tensor forward(Tensor x, Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope();
        return mlp.Forward(attention.Forward(x, x, bias), training).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// <c>norm(dropout(dense(attention(x, context))) + x + A(x))</c>: self-attention or cross-attention, and what BERT calls its output. The adapter A,
/// where there is one, reads the hidden states themselves and is added inside the norm.
/// </summary>
internal sealed class BertAttention : nn.Module
{
    // Tuples: a field of a module's type would be registered a second time, under the field's name.
    private readonly (Linear Query, Linear Key, Linear Value) self;
    private readonly (Linear Dense, LayerNorm Norm, Adapter? Adapter) output;
    private readonly int heads;
    private readonly double drop;

    public BertAttention(BertLayerSizes sizes) : base(nameof(BertAttention))
    {
        (int D, heads, drop) = (sizes.Width, sizes.Heads, sizes.Drop);
        self = (nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D));
        output = (nn.Linear(D, D), nn.LayerNorm(D, eps: sizes.Epsilon), sizes.Bottleneck is { } bottleneck ? new(D, bottleneck, residual: false) : null);
        register_module(nameof(self), new Named(("query", self.Query), ("key", self.Key), ("value", self.Value)));
        (string, nn.Module)[] adapter = output.Adapter is null ? [] : [("adapter", output.Adapter)];
        register_module(nameof(output), new Named([("dense", output.Dense), ("LayerNorm", output.Norm), .. adapter]));
    }

    /// <param name="x">(B, S, D), which the queries are made of; S may be less than the whole sequence.</param>
    /// <param name="context">(B, C, D), which keys and values are made of: the sequence itself, or another one.</param>
    /// <param name="bias">(B, 1, 1, C), added to attention scores; null for none.</param>
    /// <returns>(B, S, D).</returns>
    public Tensor Forward(Tensor x, Tensor context, Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope();
        return Attend(x, Query(x), KeyValue(context), bias).MoveToOuterDisposeScope();
    }

    /// <param name="x">(B, S, D).</param>
    /// <returns>(B, H, S, D/H).</returns>
    public Tensor Query(Tensor x) => Split(self.Query, x);

    /// <param name="context">(B, C, D).</param>
    public KeyValue KeyValue(Tensor context) => new(Split(self.Key, context), Split(self.Value, context));

    /// <summary>Attention of given queries, and BERT's output. A batch of one on either side is broadcast to the other's.</summary>
    /// <param name="x">(B or 1, S, D).</param>
    /// <param name="query"><see cref="Query"/> of x.</param>
    /// <param name="context"><see cref="KeyValue"/> of the (B or 1) contexts.</param>
    /// <param name="bias">(B or 1, 1, 1, C), added to attention scores; null for none.</param>
    /// <returns>(B, S, D).</returns>
    public Tensor Attend(Tensor x, Tensor query, KeyValue context, Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, S, D) = (Math.Max(query.shape[0], context.Key.shape[0]), x.shape[1], x.shape[2]);
        Tensor Broadcast(Tensor t) => t.expand(B, -1, -1, -1);
        Tensor y = Regularization.Attend(Broadcast(query), Broadcast(context.Key), Broadcast(context.Value), bias, drop, training);
        y = output.Dense.forward(y.transpose(1, 2).reshape(B, S, D)).Dropout(drop, training).Plus(x);
        if (output.Adapter is { } adapter) y = y.Plus(adapter.forward(x));
        return output.Norm.forward(y).MoveToOuterDisposeScope();
    }

    private Tensor Split(Linear projection, Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, S, D) = (x.shape[0], x.shape[1], x.shape[2]);
        return projection.forward(x).view(B, S, heads, D / heads).transpose(1, 2).MoveToOuterDisposeScope();
    }
}

/// <summary>Keys and values of a sequence.</summary>
/// <param name="Key">(B, H, C, D/H).</param>
/// <param name="Value">(B, H, C, D/H).</param>
internal sealed record KeyValue(Tensor Key, Tensor Value);

/// <summary><c>norm(dropout(down(gelu(up(x)))) + x)</c>; BERT keeps its two halves as two modules of the layer.</summary>
internal sealed class BertMlp
{
    private readonly Linear up, down;
    private readonly LayerNorm norm;
    private readonly double drop;

    public BertMlp(BertLayerSizes sizes)
    {
        drop = sizes.Drop;
        up = nn.Linear(sizes.Width, sizes.Intermediate);
        down = nn.Linear(sizes.Intermediate, sizes.Width);
        norm = nn.LayerNorm(sizes.Width, eps: sizes.Epsilon);
    }

    public void RegisterIn(nn.Module layer)
    {
        layer.register_module("intermediate", new Named(("dense", up)));
        layer.register_module("output", new Named(("dense", down), ("LayerNorm", norm)));
    }

    /// <param name="x">(B, S, D).</param>
    /// <param name="training">Of the layer.</param>
    /// <returns>(B, S, D).</returns>
    public Tensor Forward(Tensor x, bool training)
    {
        using DisposeScope scope = NewDisposeScope();
        return norm.forward(down.forward(up.forward(x).gelu()).Dropout(drop, training).Plus(x)).MoveToOuterDisposeScope();
    }
}
