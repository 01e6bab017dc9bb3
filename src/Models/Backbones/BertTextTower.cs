namespace Das.Models.Backbones;

/// <summary>
/// A BERT or a RoBERTa without its pooler. They differ in their embeddings alone: RoBERTa counts positions over real
/// tokens, from two on, and has one token type instead of two; and in epsilon.
/// <para>Liu et al.: "RoBERTa: A Robustly Optimized BERT Pretraining Approach", https://arxiv.org/abs/1907.11692; names of
/// Hugging Face's <c>BertModel</c> and <c>RobertaModel</c>.</para>
/// </summary>
public sealed class BertTextTower : nn.Module<Tensor, Tensor, Tensor>
{
    private const double BertEpsilon = 1e-12, RobertaEpsilon = 1e-5; // layer_norm_eps of bert-base-uncased and roberta-base
    private const int RobertaPad = 1;                               // <pad> of roberta-base; positions start after it

    private readonly (Embedding Word, Embedding Position, Embedding Type, LayerNorm Norm) embeddings; // a tuple, so that they are registered once
    private readonly BertLayer[] layers;
    private readonly bool roberta;
    private readonly double drop;

    /// <exception cref="ArgumentException">The encoder is unknown, or its positions do not reach for the longest text.</exception>
    public BertTextTower(MeterConfig config) : base(nameof(BertTextTower))
    {
        (roberta, drop, int D) = (config.IsRoberta, config.TextDropRate, config.HiddenSize);
        int longest = config.TextPositions - (roberta ? RobertaPad + 1 : 0);
        if (config.MaxTextLength > longest)
            throw new DasException(ErrorKind.Recipe, $"maxTextLength is {config.MaxTextLength}, but {config.TextPositions} textPositions of a {config.TextEncoder} "
                + $"encoder hold {longest} tokens; lower the first or raise the second.");
        BertLayerSizes sizes = new(D, config.NumHeads, config.TextIntermediate, roberta ? RobertaEpsilon : BertEpsilon, drop);
        embeddings = (
            nn.Embedding(config.VocabSize, D), nn.Embedding(config.TextPositions, D),
            nn.Embedding(roberta ? 1 : 2, D), // only the first is ever used
            nn.LayerNorm(D, eps: sizes.Epsilon));
        layers = [.. Enumerable.Range(0, config.TextLayers).Select(_ => new BertLayer(sizes))];

        register_module(nameof(embeddings), new Named(
            ("word_embeddings", embeddings.Word), ("position_embeddings", embeddings.Position), ("token_type_embeddings", embeddings.Type),
                ("LayerNorm", embeddings.Norm)));
        register_module("encoder", new Named(("layer", new Named(layers.Select((layer, i) => (i.ToString(CultureInfo.InvariantCulture), (nn.Module)layer))))));
    }

    /// <summary>Whether training changes it.</summary>
    public bool Learns => embeddings.Word.weight!.requires_grad;

    /// <param name="ids">(B, T) tokens.</param>
    /// <param name="mask">(B, T); 0 where the token is padding.</param>
    /// <returns>(B, T, D).</returns>
    public override Tensor forward(Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        return After(ids, mask, layers.Length)[0].MoveToOuterDisposeScope();
    }

    /// <summary>The stream at several depths.</summary>
    /// <param name="ids">(B, T) tokens.</param>
    /// <param name="mask">(B, T); 0 where the token is padding.</param>
    /// <param name="depths">How many layers each wanted state has passed, ascending; 0 is the embedded text.</param>
    /// <returns>One (B, T, D) for each depth.</returns>
    public Tensor[] After(Tensor ids, Tensor mask, params IReadOnlyList<int> depths)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = Bias(mask, embeddings.Norm.weight!.dtype);
        Tensor[] states = LayerStack.After(() => Dropout.Apply(Embed(ids), drop, training), (i, x) => layers[i].forward(x, bias), depths);
        return [.. states.Select(s => s.MoveToOuterDisposeScope())];
    }

    /// <summary><c>norm(word + position + type[0])</c>.</summary>
    /// <param name="ids">(B, T) tokens.</param>
    /// <returns>(B, T, D), without dropout.</returns>
    public Tensor Embed(Tensor ids)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = embeddings.Word.forward(ids).Plus(embeddings.Type.weight![0]);
        Tensor place = roberta ? embeddings.Position.forward(Places(ids)) : embeddings.Position.weight!.narrow(0, 0, ids.shape[1]);
        return embeddings.Norm.forward(x.Plus_(place)).MoveToOuterDisposeScope();
    }

    /// <summary>What padding adds to attention scores: -10000 as published, not minus infinity (method §3.1).</summary>
    /// <param name="mask">(B, T); 0 or false where the token is padding.</param>
    /// <param name="type">Of the tokens.</param>
    /// <returns>(B, 1, 1, T).</returns>
    public static Tensor Bias(Tensor mask, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        return mask.to_type(type).neg().Plus_(1).Times_(-10000).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>RoBERTa's positions (B, T): real tokens count from <see cref="RobertaPad"/> + 1, padding stands at it.</summary>
    private static Tensor Places(Tensor ids)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor real = ids.ne(Scalars.Of(RobertaPad)).to_type(ScalarType.Int64);
        return real.cumsum(1).mul_(real).add_(Scalars.Of((long)RobertaPad), Scalars.One).MoveToOuterDisposeScope();
    }
}
