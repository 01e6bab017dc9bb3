namespace Das.Models.Bert;

/// <summary>Sizes of a BERT or a RoBERTa.</summary>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Width">D.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Layers">How many.</param>
/// <param name="Intermediate">Inner width of a layer's MLP.</param>
/// <param name="Positions">Rows of the position table.</param>
/// <param name="IsRoberta">Whether it has RoBERTa's embeddings instead of BERT's.</param>
/// <param name="Drop">Dropout while training.</param>
public sealed record BertSizes(int Vocabulary, int Width, int Heads, int Layers, int Intermediate, int Positions, bool IsRoberta, double Drop)
{
    internal const int RobertaPad = 1; // <pad> of roberta-base; positions start after it

    /// <summary>The longest text in tokens that the positions reach for.</summary>
    public int LongestText => Positions - (IsRoberta ? RobertaPad + 1 : 0);
}

/// <summary>
/// A BERT or a RoBERTa without its pooler. They differ only in their embeddings: RoBERTa counts positions over real
/// tokens, from two on, and has one token type instead of two; and in epsilon.
/// <para>Liu et al.: "RoBERTa: A Robustly Optimized BERT Pretraining Approach", https://arxiv.org/abs/1907.11692; names of
/// Hugging Face's <c>BertModel</c> and <c>RobertaModel</c>.</para>
/// </summary>
public sealed class BertTextTower : nn.Module<Tensor, Tensor, Tensor>
{
    private const double BertEpsilon = 1e-12, RobertaEpsilon = 1e-5; // layer_norm_eps of bert-base-uncased and roberta-base

    private readonly (Embedding Word, Embedding Position, Embedding Type, LayerNorm Norm) embeddings; // a tuple, so that they are registered once
    private readonly BertLayer[] layers;
    private readonly bool roberta;
    private readonly double drop;

    public BertTextTower(BertSizes sizes) : base(nameof(BertTextTower))
    {
        (roberta, drop, int D) = (sizes.IsRoberta, sizes.Drop, sizes.Width);
        BertLayerSizes layer = new(D, sizes.Heads, sizes.Intermediate, roberta ? RobertaEpsilon : BertEpsilon, drop);
        embeddings = (
            nn.Embedding(sizes.Vocabulary, D), nn.Embedding(sizes.Positions, D),
            nn.Embedding(roberta ? 1 : 2, D), // only the first is ever used
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
        Tensor position = roberta ? embeddings.Position.forward(RobertaPositions(ids)) : embeddings.Position.weight!.narrow(0, 0, ids.shape[1]);
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

    /// <summary>RoBERTa's positions (B, T): real tokens count from <see cref="BertSizes.RobertaPad"/> + 1, padding has that number itself.</summary>
    private static Tensor RobertaPositions(Tensor ids)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor real = ids.ne(Scalars.Of(BertSizes.RobertaPad)).to_type(ScalarType.Int64);
        return real.cumsum(1).mul_(real).add_(Scalars.Of((long)BertSizes.RobertaPad), Scalars.One).MoveToOuterDisposeScope();
    }
}
