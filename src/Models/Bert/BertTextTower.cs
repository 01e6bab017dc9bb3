namespace Das.Models.Bert;

/// <summary>Sizes of a BERT or a RoBERTa.</summary>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Width">D.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Layers">How many.</param>
/// <param name="Intermediate">Inner width of a layer's MLP.</param>
/// <param name="Positions">Rows of the position table.</param>
/// <param name="Form">Which of the two it is.</param>
/// <param name="Drop">Dropout while training.</param>
public sealed record BertSizes(int Vocabulary, int Width, int Heads, int Layers, int Intermediate, int Positions, BertForm Form, double Drop)
{
    /// <summary>The longest text in tokens that the positions reach for.</summary>
    public int LongestText => Positions - (Form.Pad is { } pad ? pad + 1 : 0);
}

/// <summary>
/// A BERT or a RoBERTa without its pooler. They differ by their line of <see cref="BertForm"/>: RoBERTa counts positions over real
/// tokens, from two on, and has one token type instead of two; and in epsilon. Parameter names are those of Hugging Face's <c>BertModel</c> and
/// <c>RobertaModel</c>.
/// </summary>
public sealed class BertTextTower : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly (Embedding Word, Embedding Position, Embedding Type, LayerNorm Norm) embeddings; // a tuple, so that they are registered once
    private readonly BertLayer[] layers;
    private readonly int? pad;
    private readonly double drop;

    public BertTextTower(BertSizes sizes) : base(nameof(BertTextTower))
    {
        (pad, drop, int D) = (sizes.Form.Pad, sizes.Drop, sizes.Width);
        BertLayerSizes layer = new(D, sizes.Heads, sizes.Intermediate, sizes.Form.Epsilon, drop);
        embeddings = (
            nn.Embedding(sizes.Vocabulary, D), nn.Embedding(sizes.Positions, D),
            nn.Embedding(sizes.Form.TokenTypes, D),
            nn.LayerNorm(D, eps: layer.Epsilon));
        layers = [.. Enumerable.Range(0, sizes.Layers).Select(_ => new BertLayer(layer))];

        register_module(nameof(embeddings), new Named(
            ("word_embeddings", embeddings.Word), ("position_embeddings", embeddings.Position), ("token_type_embeddings", embeddings.Type),
                ("LayerNorm", embeddings.Norm)));
        register_module("encoder", new Named(("layer", new Named(layers.Select((l, i) => (i.ToString(CultureInfo.InvariantCulture), (nn.Module)l))))));
    }

    /// <summary>Whether training changes it.</summary>
    public bool Learns => embeddings.Word.weight!.requires_grad;

    /// <param name="ids">(B, T) tokens.</param>
    /// <param name="mask">(B, T); 0 where the token is padding.</param>
    /// <returns>(B, T, D).</returns>
    public override Tensor forward(Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        return HiddenStates(ids, mask, layers.Length)[0].MoveToOuterDisposeScope();
    }

    /// <summary>Hidden states at several depths.</summary>
    /// <param name="ids">(B, T) tokens.</param>
    /// <param name="mask">(B, T); 0 where the token is padding.</param>
    /// <param name="depths">How many layers each state has passed, ascending; 0 is the embedded text.</param>
    /// <returns>One (B, T, D) for each depth.</returns>
    public Tensor[] HiddenStates(Tensor ids, Tensor mask, params IReadOnlyList<int> depths)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = PaddingBias(mask, embeddings.Norm.weight!.dtype);
        Tensor[] states = LayerStack.HiddenStates(() => Embed(ids).Dropout(drop, training), (i, x) => layers[i].forward(x, bias), depths);
        return [.. states.Select(s => s.MoveToOuterDisposeScope())];
    }

    /// <summary><c>norm(word + position + type[0])</c>.</summary>
    /// <param name="ids">(B, T) tokens.</param>
    /// <returns>(B, T, D), without dropout.</returns>
    public Tensor Embed(Tensor ids)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = embeddings.Word.forward(ids).Plus(embeddings.Type.weight![0]);
        Tensor position = pad is { } number ? embeddings.Position.forward(CountedPositions(ids, number))
            : embeddings.Position.weight!.narrow(0, 0, ids.shape[1]);
        return embeddings.Norm.forward(x.Plus_(position)).MoveToOuterDisposeScope();
    }

    /// <summary>Added to the attention scores of padding: -10000 as published, not minus infinity (method §3.1).</summary>
    /// <param name="mask">(B, T); 0 or false where the token is padding.</param>
    /// <param name="type">Of the tokens.</param>
    /// <returns>(B, 1, 1, T).</returns>
    public static Tensor PaddingBias(Tensor mask, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        return mask.to_type(type).neg().Plus_(1).Times_(-10000).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>RoBERTa's positions (B, T): real tokens count from the number of padding + 1, padding has that number itself.</summary>
    private static Tensor CountedPositions(Tensor ids, int pad)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor real = ids.ne(Scalars.Of(pad)).to_type(ScalarType.Int64);
        return real.cumsum(1).mul_(real).add_(Scalars.Of((long)pad), Scalars.One).MoveToOuterDisposeScope();
    }
}
