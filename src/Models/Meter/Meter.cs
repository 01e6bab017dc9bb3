using Das.Models.Bert;
using Das.Models.Vision;

namespace Das.Models.Meter;

/// <summary>
/// METER with DAS adapters: a frozen image tower, CLIP's as published, a frozen text tower, RoBERTa as published, and two streams of co-attention layers
/// over them.
/// <para>Dou et al.: "An Empirical Study of Training End-to-End Vision-and-Language Transformers", CVPR 2022,
/// https://arxiv.org/abs/2111.02387; checkpoint <c>meter_clip16_288_roberta_pretrain.ckpt</c> of https://github.com/zdou0830/METER.</para>
/// Candidates 0 to L-1 are the text stream's layers, L to 2L-1 the image stream's. Parameter names are the published ones (method §3.2).
/// </summary>
public sealed class Meter : VisionLanguageModel
{
    private const string Vision = "vit_model", Text = "text_transformer"; // what stands below these never learns (method §3.5)
    private const string Tower = $"{Vision}.visual";

    private readonly Parameter token4classifier;
    private readonly Linear cross_modal_text_transform, cross_modal_image_transform;
    private readonly Embedding token_type_embeddings;
    private readonly (VisionTower Image, BertTextTower Text) towers; // a tuple, so that they are registered once
    private readonly SkippableLayer<MeterCrossLayer>[] textLayers, imageLayers;
    private readonly Pooler cross_modal_image_pooler, cross_modal_text_pooler;

    /// <summary>Random weights; everything is trainable.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Which heads exist.</param>
    /// <param name="removed">The layers a finished model is built without; null while searching.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    /// <exception cref="DasException">The configuration names an unknown text encoder, or contradicts itself.</exception>
    public Meter(MeterConfig config, TaskHeads heads, SkipMask? removed = null) : base(nameof(Meter), heads, 2 * config.NumLayers, removed)
    {
        config.ThrowIfImpossible();
        Config = config;
        int D = config.HiddenSize, L = config.NumLayers;

        SkippableLayer<MeterCrossLayer>[] Side(int from) => [.. Enumerable.Range(from, L).Select(i =>
            Candidate(i, () => new MeterCrossLayer(config), () => new Adapter(D, config.ReplacementBottleneck, residual: true)))];
        (textLayers, imageLayers) = (Side(0), Side(L));
        token4classifier = nn.Parameter(zeros(1, 1, D));
        (cross_modal_text_transform, cross_modal_image_transform) = (nn.Linear(D, D), nn.Linear(config.ClipWidth, D));
        token_type_embeddings = nn.Embedding(config.TokenTypes, D);
        towers = (new(config.Clip), new(config.Bert()));
        (cross_modal_image_pooler, cross_modal_text_pooler) = (new(D), new(D));

        SetCandidates([.. textLayers, .. imageLayers]);
        register_parameter(nameof(token4classifier), token4classifier);
        register_module(nameof(cross_modal_text_transform), cross_modal_text_transform);
        register_module(nameof(cross_modal_image_transform), cross_modal_image_transform);
        register_module(nameof(token_type_embeddings), token_type_embeddings);
        register_module(Vision, new Named(("visual", towers.Image)));
        register_module(Text, towers.Text);
        register_module("cross_modal_image_layers", new Named(Existing(imageLayers, l => (nn.Module?)l.Pretrained)));
        register_module("cross_modal_text_layers", new Named(Existing(textLayers, l => (nn.Module?)l.Pretrained)));
        register_module("adapter_list_v", Replacements(imageLayers));
        register_module("adapter_list_l", Replacements(textLayers));
        register_module(nameof(cross_modal_image_pooler), cross_modal_image_pooler);
        register_module(nameof(cross_modal_text_pooler), cross_modal_text_pooler);
        RegisterHeads(D, config.VocabSize, MeterCrossLayer.Epsilon);
        InitializeNormally();
        nn.init.normal_(token4classifier, 0, 0.02);
    }

    public static Backbone Backbone { get; } = Backbone.Of<MeterConfig, Meter>("meter", ImageTransform.Clip,
        (config, heads, removed) => new Meter(config, heads, removed), config => 2 * config.NumLayers,
            MeterCost.Parameters) with { PositionsFollowImage = true, MatchesInRetrieval = true };

    public MeterConfig Config { get; }

    /// <summary>Both poolers, text first.</summary>
    public override int FeatureSize => 2 * Config.HiddenSize;

    public override int MaxTextLength => Config.MaxTextLength;

    public override int PatchSize => Config.PatchSize;

    public override bool HasFrozenImageTower => !towers.Image.Learns;

    public override TowerPictures? Pictures => Config.Pictures;

    /// <summary>CLIP's image tower, or another's.</summary>
    public VisionTower ImageEncoder => towers.Image;

    /// <summary>RoBERTa or BERT.</summary>
    public BertTextTower TextEncoder => towers.Text;

    public override LoadRules PretrainedRules => new(
        [nameof(token4classifier), "adapter_list_l", "adapter_list_v", "*.adapter", "vqa_classifier", "nlvr2_classifier", "snli_classifier", "rank_output"],
        [$"{Vision}.positional_embedding", $"{Vision}.ln_final", $"{Text}.embeddings.position_ids", $"{Text}.pooler", .. Ignorable,
            .. Removed is null ? [] : Enumerable.Range(0, CandidateCount).Select(NotBuilt)],
        [VisionInit.PositionTable(Config.Clip, Tower), GrownTokenTypes(Config.TokenTypes), .. RankFromItm]);

    public override ModelCost Cost(int textTokens, int imageHeight, int imageWidth) =>
        MeterCost.Of(Config, Heads, Skipped, textTokens, 1 + (imageHeight / PatchSize * (imageWidth / PatchSize)));

    /// <summary>As ViLT, and nothing of the towers (method §3.5).</summary>
    /// <inheritdoc/>
    public override bool IsTrainable(string name) =>
        base.IsTrainable(name) && !name.Contains(Text) && !name.Contains(Vision);

    private protected override IEnumerable<string> NamesOf(PretrainedParts parts) =>
        [.. parts.Vision is null ? [] : new[] { Vision }, .. parts.Text is null ? [] : new[] { Text }];

    /// <summary>A checkpoint without the class token gives it the embedding of the text <c>[0]</c> (<c>M/modules/meter_module_search.py:239-240</c>).</summary>
    /// <inheritdoc/>
    private protected override void AfterPretrained(LoadResult loaded, PretrainedParts parts)
    {
        base.AfterPretrained(loaded, parts);
        if (loaded.Missing.Contains(nameof(token4classifier))) ResetClassToken();
    }

    private protected override void Fill(PretrainedParts parts)
    {
        if (parts.Vision is { } vision) VisionInit.From(towers.Image, vision);
        if (parts.Text is { } text) MeterInit.LoadText(this, text);
    }

    public override IReadOnlyList<string> LoadFrozen(PretrainedParts parts)
    {
        IReadOnlyList<string> frozen = base.LoadFrozen(parts);
        if (parts.Text is not null) ResetClassToken();
        return frozen;
    }

    /// <summary>The image tower; without gradient, as everywhere but in pretraining from nothing, where it is frozen.</summary>
    /// <returns>(B, 1+N, W), which depends on no parameter that training updates.</returns>
    /// <exception cref="DasException">The images are of another size than the configuration's.</exception>
    /// <inheritdoc/>
    public override Tensor ImageTower(Tensor image) =>
        towers.Image.Learns ? towers.Image.forward(image) : VisionTower.ForwardOneByOne(image, towers.Image.forward);

    /// <summary>The text tower; without gradient where it is frozen.</summary>
    /// <param name="ids">(B, T) tokens, T at most <see cref="MaxTextLength"/>.</param>
    /// <param name="mask">(B, T); 0 where the token is padding.</param>
    /// <returns>(B, T, D), independent of all that training updates; random while training with <see cref="MeterConfig.TextDropRate"/>.</returns>
    public Tensor TextTower(Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        if (towers.Text.Learns) return towers.Text.forward(ids, mask).MoveToOuterDisposeScope();
        using IDisposable frozen = no_grad();
        return towers.Text.forward(ids, mask).MoveToOuterDisposeScope();
    }

    /// <summary>The rest of <see cref="VisionLanguageModel.EmbedText"/>: projection, class token in place of the first, and token type.</summary>
    /// <param name="tower">(B, T, D), of <see cref="TextTower"/>.</param>
    /// <param name="mask">(B, T); 0 where the token is padding.</param>
    public Embedded EmbedTextTower(Tensor tower, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        var (B, T, D) = (tower.shape[0], tower.shape[1], Config.HiddenSize);
        Tensor words = cross_modal_text_transform.forward(tower.narrow(1, 1, T - 1));
        Tensor valid = mask.to_type(ScalarType.Bool);
        return Embedded.Of(cat([token4classifier.expand(B, 1, D), words], 1).Plus(token_type_embeddings.weight![0]), valid.all().item<bool>() ? null : valid);
    }

    /// <summary>The rest of <see cref="VisionLanguageModel.EmbedImage"/>: projection and token type.</summary>
    /// <param name="tower">(B, 1+N, W), of <see cref="ImageTower"/>.</param>
    /// <param name="imageType">Row of the token type table: 1, or 2 for the second image of a pair.</param>
    public override Embedded EmbedImageTower(Tensor tower, int imageType = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        return Embedded.Of(cross_modal_image_transform.forward(tower).Plus(token_type_embeddings.weight![imageType]), null);
    }

    public override Embedded EmbedText(Tensor ids, Tensor mask)
    {
        using Tensor tower = TextTower(ids, mask);
        return EmbedTextTower(tower, mask);
    }

    public override Embedded EmbedImage(Tensor image, int imageType = 1)
    {
        using Tensor tower = ImageTower(image);
        return EmbedImageTower(tower, imageType);
    }

    /// <summary>Does not compute what no pooler reads of the last layers: only each stream's first token leaves them.</summary>
    /// <inheritdoc/>
    public override Tensor Fuse(Embedded text, Embedded image)
    {
        using DisposeScope scope = NewDisposeScope();
        return Pool(ThroughLayers(Streams(text, image), from: 0, firstTokensFrom: LastMixing)).MoveToOuterDisposeScope();
    }

    /// <summary>Computed once for all images: the texts' replacements before the first layer that mixes, and that layer's self-attention, and queries,
    /// keys and values of its cross-attention.</summary>
    /// <inheritdoc/>
    public override Func<Embedded, Tensor> FuseWith(Embedded text)
    {
        int first = Enumerable.Range(0, Config.NumLayers).FirstOrDefault(Mixes, -1), last = LastMixing;
        if (first < 0) return image => Fuse(text, image);

        Tensor? bias = text.Valid is null ? null : BertTextTower.PaddingBias(text.Valid, text.Tokens.dtype);
        MeterStream texts = BeforeCrossAttention(text.Tokens, bias, textLayers, imageLayers, first, firstOnly: first >= last);
        return image =>
        {
            using DisposeScope scope = NewDisposeScope();
            MeterStream images = BeforeCrossAttention(image.Tokens, null, imageLayers, textLayers, first, firstOnly: first >= last);
            MeterStreams mixed = new(CrossAttend(textLayers[first], texts, images, null), CrossAttend(imageLayers[first], images, texts, bias), bias);
            return Pool(ThroughLayers(mixed, from: first + 1, firstTokensFrom: last)).MoveToOuterDisposeScope();
        };
    }

    /// <summary>Text and image through all layers, every token of the last ones included.</summary>
    public MeterOutput Encode(Embedded text, Embedded image)
    {
        using DisposeScope scope = NewDisposeScope();
        MeterStreams streams = ThroughLayers(Streams(text, image), from: 0, firstTokensFrom: Config.NumLayers);
        return new(streams.Text.MoveToOuterDisposeScope(), streams.Image.MoveToOuterDisposeScope(), Pool(streams).MoveToOuterDisposeScope());
    }

    public override (Tensor Text, Tensor Pooled) FuseAll(Embedded text, Embedded image)
    {
        using DisposeScope scope = NewDisposeScope();
        MeterOutput output = Encode(text, image);
        return (output.TextFeatures.MoveToOuterDisposeScope(), output.Cls.MoveToOuterDisposeScope());
    }

    /// <summary>The input of the first layers.</summary>
    public MeterStreams Streams(Embedded text, Embedded image) =>
        new(text.Tokens, image.Tokens, text.Valid is null ? null : BertTextTower.PaddingBias(text.Valid, text.Tokens.dtype));

    /// <summary>Layer <paramref name="index"/> of both streams, or its replacements: either reads the other's state before this layer, skipped or
    /// not.</summary>
    /// <param name="index">0 to L - 1.</param>
    /// <param name="streams">After the layer before.</param>
    /// <param name="firstOnly">Whether only the first token of each stream is computed.</param>
    public MeterStreams Layer(int index, MeterStreams streams, bool firstOnly = false)
    {
        (Tensor text, Tensor image, Tensor? bias) = streams;
        return streams with
        {
            Text = Run(textLayers[index], text, bias, image, null, firstOnly),
            Image = Run(imageLayers[index], image, null, text, bias, firstOnly),
        };
    }

    /// <summary>Gives the class token its published start.</summary>
    internal void ResetClassToken()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        token4classifier.copy_(towers.Text.Embed(zeros(1, 1, dtype: ScalarType.Int64, device: token4classifier.device)));
    }

    private int LastMixing => Enumerable.Range(0, Config.NumLayers).LastOrDefault(Mixes, -1);

    /// <summary>Whether tokens of either stream attend to others in that layer.</summary>
    private bool Mixes(int layer) => !textLayers[layer].IsSkipped || !imageLayers[layer].IsSkipped;

    /// <summary>Layers <paramref name="from"/> on; from layer <paramref name="firstTokensFrom"/> on only first tokens are computed.</summary>
    private MeterStreams ThroughLayers(MeterStreams streams, int from, int firstTokensFrom)
    {
        for (int i = from; i < Config.NumLayers; i++)
        {
            MeterStreams next = Layer(i, streams, firstOnly: i >= firstTokensFrom);
            if (i > from) streams.Text.Dispose();
            if (i > from) streams.Image.Dispose();
            streams = next;
        }
        return streams;
    }

    private static Tensor Run(SkippableLayer<MeterCrossLayer> layer, Tensor x, Tensor? bias, Tensor other, Tensor? otherBias, bool firstOnly)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = layer.IsSkipped && firstOnly ? x.narrow(1, 0, 1) : x;
        return layer.Forward(input, cross => cross.Forward(x, bias, other, otherBias, firstOnly ? 1 : x.shape[1])).MoveToOuterDisposeScope();
    }

    /// <summary>One stream up to the cross-attention of layer <paramref name="first"/>, before which nothing mixes.</summary>
    private static MeterStream BeforeCrossAttention(Tensor tokens, Tensor? bias, SkippableLayer<MeterCrossLayer>[] own,
        SkippableLayer<MeterCrossLayer>[] other, int first, bool firstOnly)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = own.Take(first).Aggregate(tokens, (stream, layer) => layer.Replacement!.forward(stream)), kept = firstOnly ? x.narrow(1, 0, 1) : x;
        KeyValue? keyValue = other[first].IsSkipped ? null : other[first].Pretrained!.KeyValue(x);
        (Tensor Hidden, Tensor? Query) attended = own[first].IsSkipped ? (own[first].Replacement!.forward(kept), null)
            : own[first].Pretrained!.SelfAttend(x, bias, kept.shape[1]);
        return new MeterStream(attended.Hidden, attended.Query, keyValue).MoveToOuterDisposeScope();
    }

    /// <summary>The output of that layer, for one of both streams.</summary>
    private static Tensor CrossAttend(SkippableLayer<MeterCrossLayer> layer, MeterStream own, MeterStream other, Tensor? otherBias) =>
        layer.IsSkipped ? own.Hidden : layer.Pretrained!.CrossAttend((own.Hidden, own.Query!), other.KeyValue!, otherBias);

    /// <summary>An image that all texts share is still one row where nothing has mixed, and is broadcast.</summary>
    private Tensor Pool(MeterStreams streams)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor text = cross_modal_text_pooler.forward(streams.Text.select(1, 0)), image = cross_modal_image_pooler.forward(streams.Image.select(1, 0));
        return cat([text, image.expand(text.shape[0], -1)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The part of a checkpoint that a finished model does not build.</summary>
    private string NotBuilt(int candidate)
    {
        (string side, string adapters, int layer) = candidate < Config.NumLayers ? ("text", "l", candidate) : ("image", "v", candidate - Config.NumLayers);
        return Removed!.Contains(candidate) ? $"cross_modal_{side}_layers.{layer}" : $"adapter_list_{adapters}.{layer}";
    }
}

/// <summary>Both streams between two layers.</summary>
/// <param name="Text">(B, T, D).</param>
/// <param name="Image">(B, 1+N, D), class token first.</param>
/// <param name="TextBias">(B, 1, 1, T), added to scores of text tokens; null where none is padding.</param>
public sealed record MeterStreams(Tensor Text, Tensor Image, Tensor? TextBias);

/// <summary>One stream before the cross-attention of the first layer that mixes.</summary>
/// <param name="Hidden">(B, S, D): after self-attention, or after the replacement of a skipped layer.</param>
/// <param name="Query">(B, H, S, D/H), of its own cross-attention; null where the layer is skipped.</param>
/// <param name="KeyValue">For the other stream's cross-attention; null where the other's layer is skipped.</param>
internal sealed record MeterStream(Tensor Hidden, Tensor? Query, KeyValue? KeyValue)
{
    public MeterStream MoveToOuterDisposeScope()
    {
        foreach (Tensor? held in new[] { Hidden, Query, KeyValue?.Key, KeyValue?.Value }) held?.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>A METER's features of a batch.</summary>
/// <param name="TextFeatures">(B, T, D).</param>
/// <param name="ImageFeatures">(B, 1+N, D), class token first.</param>
/// <param name="Cls">(B, 2D): the pooled first tokens, text first, which heads read.</param>
public sealed record MeterOutput(Tensor TextFeatures, Tensor ImageFeatures, Tensor Cls) : IDisposable
{
    public void Dispose()
    {
        TextFeatures.Dispose();
        ImageFeatures.Dispose();
        Cls.Dispose();
    }
}
