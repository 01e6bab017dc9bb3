namespace Das.Models.Vilt;

/// <summary>
/// ViLT with DAS adapters: one transformer over word pieces and image patches, no region detector, no image network.
/// <para>Kim, Son, Kim: "ViLT: Vision-and-Language Transformer Without Convolution or Region Supervision", ICML 2021,
/// https://arxiv.org/abs/2102.03334; checkpoint <c>vilt_200k_mlm_itm.ckpt</c> of https://github.com/dandelin/ViLT (release 200k).</para>
/// Parameter names are the published ones (method §2.2).
/// </summary>
public sealed class Vilt : VisionLanguageModel
{
    private readonly ViltTextEmbeddings text_embeddings;
    private readonly Embedding token_type_embeddings;
    private readonly ViltTransformer transformer;
    private readonly Pooler pooler;
    private readonly SkippableLayer<ViltBlock>[] layers;

    /// <summary>Random weights of the published distribution, N(0, 0.02); everything is trainable.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Which heads exist.</param>
    /// <param name="removed">The layers a finished model is built without; null while searching.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    /// <exception cref="DasException">The configuration contradicts itself.</exception>
    public Vilt(ViltConfig config, TaskHeads heads, SkipMask? removed = null) : base(nameof(Vilt), heads, config.NumLayers, removed)
    {
        config.ThrowIfImpossible();
        Config = config;
        int D = config.HiddenSize;

        layers = [.. Enumerable.Range(0, config.NumLayers)
            .Select(i => Candidate(i, () => new ViltBlock(config), () => new Adapter(D, config.ReplacementBottleneck, residual: true)))];
        text_embeddings = new(config);
        token_type_embeddings = nn.Embedding(config.TokenTypes, D);
        transformer = new(config, Existing(layers, l => l.Pretrained));
        pooler = new(D);

        SetCandidates(layers);
        register_module(nameof(text_embeddings), text_embeddings);
        register_module(nameof(token_type_embeddings), token_type_embeddings);
        register_module(nameof(transformer), transformer);
        register_module("adapter_list", Replacements(layers));
        register_module(nameof(pooler), pooler);
        RegisterHeads(D, config.VocabSize, ViltTextEmbeddings.Epsilon);
        InitializeNormally();
    }

    public static Backbone Backbone { get; } = Backbone.Of<ViltConfig, Vilt>("vilt", ImageTransform.Pixelbert,
        (config, heads, removed) => new Vilt(config, heads, removed), config => config.NumLayers, ViltCost.Parameters);

    public ViltConfig Config { get; }

    public override int FeatureSize => Config.HiddenSize;

    public override int MaxTextLength => Config.MaxTextLength;

    public override int PatchSize => Config.PatchSize;

    /// <summary>Which patches stay of an image with more than <see cref="ViltConfig.MaxImageLength"/>; set it per step for fresh ones.</summary>
    public int PatchSeed { get; set; }

    public override LoadRules PretrainedRules => new(
        ["adapter_list", "*.adapter0", "*.adapter1", "vqa_classifier", "nlvr2_classifier", "rank_output"],
        ["text_embeddings.position_ids", .. Ignorable,
            .. Removed is null ? [] : Enumerable.Range(0, CandidateCount).Select(i => Removed.Contains(i) ? $"transformer.blocks.{i}" : $"adapter_list.{i}")],
        [GrownTokenTypes(Config.TokenTypes), .. RankFromItm]);

    public override ModelCost Cost(int textTokens, int imageHeight, int imageWidth) =>
        ViltCost.Of(Config, Heads, Skipped, textTokens, 1 + (imageHeight / PatchSize * (imageWidth / PatchSize)));

    public override Embedded EmbedText(Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor valid = mask.to_type(ScalarType.Bool);
        return Embedded.Of(TextEmbeddings(ids).Plus(token_type_embeddings.weight![0]), valid.all().item<bool>() ? null : valid);
    }

    public override Embedded EmbedImage(Tensor image, int imageType = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        return EmbedImage(image, LayoutOf(image), imageType).MoveToOuterDisposeScope();
    }

    /// <summary>Does not compute what no head reads of the last layers: only the text's first token leaves them.</summary>
    /// <inheritdoc/>
    public override Tensor Fuse(Embedded text, Embedded image)
    {
        using DisposeScope scope = NewDisposeScope();
        ViltSequence sequence = Join(text, image);
        int last = Array.FindLastIndex(layers, l => !l.IsSkipped); // the last that mixes tokens
        Tensor x = last < 0 ? sequence.Hidden.narrow(1, 0, 1) : sequence.Hidden;
        for (int i = 0; i < layers.Length; i++)
        {
            Tensor next = layers[i].Forward(x, block => block.forward(x, sequence.Mask, i == last ? 1 : x.shape[1]));
            x.Dispose();
            x = next;
        }
        return pooler.forward(transformer.norm.forward(x).squeeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Text and image through all layers, every token of the last one included.</summary>
    /// <param name="ids">(B, T).</param>
    /// <param name="mask">(B, T).</param>
    /// <param name="image">(B, 3, H, W).</param>
    public ViltOutput Encode(Tensor ids, Tensor mask, Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        return ThroughLayers(Embed(ids, mask, image)).MoveToOuterDisposeScope();
    }

    public override (Tensor Text, Tensor Pooled) FuseAll(Embedded text, Embedded image)
    {
        using DisposeScope scope = NewDisposeScope();
        ViltOutput output = ThroughLayers(Join(text, image));
        return (output.TextFeatures.MoveToOuterDisposeScope(), output.Cls.MoveToOuterDisposeScope());
    }

    /// <summary>The input of the first layer.</summary>
    /// <param name="ids">(B, T).</param>
    /// <param name="mask">(B, T).</param>
    /// <param name="image">(B, 3, H, W).</param>
    /// <param name="layout">Which patches become tokens; by default it is read off the pixels.</param>
    /// <param name="imageType">Row of the token type table for image tokens: 1, or 2 for a second image.</param>
    public ViltSequence Embed(Tensor ids, Tensor mask, Tensor image, PatchLayout? layout = null, int imageType = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        layout ??= LayoutOf(image);
        ViltSequence joined = Join(EmbedText(ids, mask), EmbedImage(image, layout, imageType));
        return joined with { Layout = layout, Hidden = joined.Hidden.MoveToOuterDisposeScope(), Mask = joined.Mask?.MoveToOuterDisposeScope() };
    }

    /// <summary>(B, T) word pieces to (B, T, D), before token types.</summary>
    public Tensor TextEmbeddings(Tensor ids) => text_embeddings.forward(ids);

    /// <summary>(B, 3, H, W) pixels to (B, 1+L, D): class token and patches, before token types.</summary>
    public Tensor VisualEmbeddings(Tensor image, PatchLayout layout) => transformer.EmbedImage(image, layout);

    /// <summary>Which patches of a padded batch become tokens.</summary>
    /// <param name="image">(B, 3, H, W).</param>
    public PatchLayout LayoutOf(Tensor image)
    {
        var (B, H, W, P) = ((int)image.shape[0], image.shape[2], image.shape[3], PatchSize);
        if (H % P != 0 || W % P != 0) throw new ArgumentException($"An image batch of {H}x{W} pixels is not a whole number of {P}-pixel patches.");

        using DisposeScope scope = NewDisposeScope();
        Tensor corners = image[TensorIndex.Ellipsis, TensorIndex.Slice(step: P), TensorIndex.Slice(step: P)].sum(1).to_type(ScalarType.Bool); // (B, h, w)
        bool[] valid = [.. corners.flatten().cpu().data<bool>()];
        return PatchLayout.Of(valid, B, (int)(H / P), (int)(W / P), Config.MaxImageLength, PatchSeed);
    }

    /// <summary>One layer, or its replacement where <see cref="SkippableModel.Skipped"/> says so.</summary>
    /// <param name="index">0 to N - 1.</param>
    /// <param name="x">(B, S, D).</param>
    /// <param name="mask"><see cref="ViltSequence.Mask"/>.</param>
    public Tensor Layer(int index, Tensor x, Tensor? mask) => layers[index].Forward(x, block => block.forward(x, mask));

    /// <summary>Final norm and pooler on what left the last layer.</summary>
    public ViltOutput Finish(ViltSequence sequence)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = transformer.norm.forward(sequence.Hidden);
        long T = sequence.TextLength;
        return new ViltOutput(x.narrow(1, 0, T), x.narrow(1, T, x.shape[1] - T), pooler.forward(x.select(1, 0)), sequence.Layout!).MoveToOuterDisposeScope();
    }

    private ViltOutput ThroughLayers(ViltSequence sequence)
    {
        Tensor x = sequence.Hidden;
        for (int i = 0; i < layers.Length; i++)
        {
            Tensor next = Layer(i, x, sequence.Mask);
            x.Dispose();
            x = next;
        }
        return Finish(sequence with { Hidden = x });
    }

    private Embedded EmbedImage(Tensor image, PatchLayout layout, int imageType)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor patches = VisualEmbeddings(image, layout).Plus(token_type_embeddings.weight![imageType]);
        return Embedded.Of(patches, layout.Valid.AsSpan().Contains(false) ? layout.Mask(image.device) : null);
    }

    /// <summary>Text first; one image joins every text.</summary>
    private static ViltSequence Join(Embedded text, Embedded image)
    {
        using DisposeScope scope = NewDisposeScope();
        image = image.Broadcast(text.Count);
        Tensor? mask = text.Valid is null && image.Valid is null
            ? null
            : cat([text.ValidOrAll(), image.ValidOrAll()], 1).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope(); // (B, 1, 1, S)
        return new(cat([text.Tokens, image.Tokens], 1).MoveToOuterDisposeScope(), mask, (int)text.Length, null);
    }
}

/// <summary>Tokens between two layers.</summary>
/// <param name="Hidden">(B, S, D), S = T + 1 + L: text, image class token, patches.</param>
/// <param name="Mask">(B, 1, 1, S) booleans, false where a token is padding; null where none is.</param>
/// <param name="TextLength">T.</param>
/// <param name="Layout">Which patches the image tokens show, where that was computed.</param>
public sealed record ViltSequence(Tensor Hidden, Tensor? Mask, int TextLength, PatchLayout? Layout);

/// <summary>A ViLT's features of a batch.</summary>
/// <param name="TextFeatures">(B, T, D).</param>
/// <param name="ImageFeatures">(B, 1+L, D), class token first.</param>
/// <param name="Cls">(B, D): the pooled [CLS] token of the text, which heads read.</param>
/// <param name="Layout">Which patches the image tokens show.</param>
public sealed record ViltOutput(Tensor TextFeatures, Tensor ImageFeatures, Tensor Cls, PatchLayout Layout) : IDisposable
{
    /// <summary>(B, 1+L) booleans, false where an image token is padding; a new tensor each time.</summary>
    public Tensor ImageMasks => Layout.Mask(Cls.device);

    /// <summary>(B, L, 2): row and column of every patch token; a new tensor each time.</summary>
    public Tensor PatchIndex => Layout.PatchIndex(Cls.device);

    public void Dispose()
    {
        TextFeatures.Dispose();
        ImageFeatures.Dispose();
        Cls.Dispose();
    }

    internal ViltOutput MoveToOuterDisposeScope()
    {
        TextFeatures.MoveToOuterDisposeScope();
        ImageFeatures.MoveToOuterDisposeScope();
        Cls.MoveToOuterDisposeScope();
        return this;
    }
}
