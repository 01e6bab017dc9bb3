using Das.Models.Adapters;
using Das.Models.Layers;
using Das.Models.Skipping;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Models.Backbones;

/// <summary>
/// ViLT with DAS adapters: one transformer over word pieces and image patches, no region detector, no image network.
/// <para>Kim, Son, Kim: "ViLT: Vision-and-Language Transformer Without Convolution or Region Supervision", ICML 2021,
/// https://arxiv.org/abs/2102.03334; checkpoint <c>vilt_200k_mlm_itm.ckpt</c> of https://github.com/dandelin/ViLT (release 200k).</para>
/// Parameter names are the published ones (spec §2.2).
/// </summary>
public sealed class Vilt : nn.Module, ISkippable
{
    /// <summary>What of a name makes a parameter trainable when only adapters and heads are (spec §2.5).</summary>
    private static readonly string[] TrainableNames = ["classifier", "pooler", "token_type_embeddings", "rank_output", "adapter"];

    private readonly ViltTextEmbeddings text_embeddings;
    private readonly Embedding token_type_embeddings;
    private readonly ViltTransformer transformer;
    private readonly ViltPooler pooler;
    private readonly Sequential? vqa_classifier;
    private readonly ViltMlmHead? mlm_score;
    private readonly ViltItmHead? itm_score;
    private readonly SkippableLayer<ViltBlock>[] layers;
    private readonly SkipMask? removed;
    private SkipMask skipped;

    /// <summary>Random weights of the published distribution, N(0, 0.02); everything is trainable.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="heads">Which heads exist.</param>
    /// <param name="removed">
    /// Null while searching: every layer has both its block and its replacement. Otherwise a finished model: the blocks of
    /// these layers, and the replacements of all others, do not exist.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    public Vilt(ViltConfig config, ViltHeads heads, SkipMask? removed = null) : base(nameof(Vilt))
    {
        removed?.ThrowIfOutside(config.NumLayers);
        (Config, Heads, this.removed, skipped) = (config, heads, removed, removed ?? SkipMask.Empty);
        var (D, V) = (config.HiddenSize, heads.VqaAnswers);

        layers = [.. Enumerable.Range(0, config.NumLayers).Select(i => new SkippableLayer<ViltBlock>(
            removed?.Contains(i) == true ? null : new ViltBlock(config),
            removed?.Contains(i) == false ? null : new Adapter(D, config.ReplacementBottleneck, residual: true)))];
        text_embeddings = new(config);
        token_type_embeddings = nn.Embedding(config.TokenTypes, D);
        transformer = new(config, Existing(l => l.Pretrained));
        pooler = new(config);

        register_module(nameof(text_embeddings), text_embeddings);
        register_module(nameof(token_type_embeddings), token_type_embeddings);
        register_module(nameof(transformer), transformer);
        register_module("adapter_list", new Named(Existing(l => l.Replacement).Select(a => (a.Index, (nn.Module)new Named(("0", a.Module))))));
        register_module(nameof(pooler), pooler);
        if (heads.Mlm) register_module(nameof(mlm_score), mlm_score = new(config));
        if (heads.Itm) register_module(nameof(itm_score), itm_score = new(config));
        if (V > 0) register_module(nameof(vqa_classifier), vqa_classifier = nn.Sequential(
            ("0", nn.Linear(D, 2 * D)), ("1", nn.LayerNorm(2 * D)), ("2", nn.GELU()), ("3", nn.Linear(2 * D, V))));
        Initialize();
    }

    public ViltConfig Config { get; }

    public ViltHeads Heads { get; }

    public int CandidateCount => layers.Length;

    public SkipMask Skipped
    {
        get => skipped;
        set
        {
            value.ThrowIfOutside(CandidateCount);
            if (removed is not null && !removed.Equals(value))
                throw new InvalidOperationException($"This model was finished without layers {removed}; it cannot skip {value} instead.");
            skipped = value;
            for (int i = 0; i < layers.Length; i++) layers[i].IsSkipped = value.Contains(i);
        }
    }

    /// <summary>Which patches stay of an image with more than <see cref="ViltConfig.MaxImageLength"/>; set it per step for fresh ones.</summary>
    public int PatchSeed { get; set; }

    /// <summary>Freezes all but adapters, pooler, classifiers and token types (spec §2.5).</summary>
    public void FreezeForAdapters()
    {
        foreach ((string name, Parameter parameter) in named_parameters()) parameter.requires_grad = IsTrainable(name);
    }

    /// <summary>Whether adapter training updates the parameter of that name.</summary>
    public static bool IsTrainable(string name) => TrainableNames.Any(part => name.Contains(part, StringComparison.Ordinal));

    /// <summary>
    /// Whether a checkpoint may hold this key though this model has no such parameter: heads that were not asked for, the
    /// halves of layers that a finished model does without, and the published code's buffers.
    /// </summary>
    public bool MayIgnore(string key) =>
        key is "text_embeddings.position_ids" or "skip_num" or "das_gate"
        || (!Heads.Mlm && key.StartsWith("mlm_score.", StringComparison.Ordinal))
        || (!Heads.Itm && key.StartsWith("itm_score.", StringComparison.Ordinal))
        || (Heads.VqaAnswers == 0 && key.StartsWith("vqa_classifier.", StringComparison.Ordinal))
        || (removed is not null && Enumerable.Range(0, layers.Length).Any(i =>
            key.StartsWith(removed.Contains(i) ? $"transformer.blocks.{i}." : $"adapter_list.{i}.", StringComparison.Ordinal)));

    /// <summary>Whether a pretrained checkpoint may lack this parameter: adapters and task heads, which training starts afresh.</summary>
    public static bool MayBeNew(string key) =>
        key.Contains("adapter", StringComparison.Ordinal) || key.Contains("classifier", StringComparison.Ordinal);

    /// <summary>Text and image through all layers.</summary>
    /// <param name="image">(B, 3, H, W) normalised pixels; zeros at the right and the bottom are padding; H and W are multiples of the patch size.</param>
    /// <param name="textIds">(B, T) word pieces, T at most <see cref="ViltConfig.MaxTextLength"/>.</param>
    /// <param name="textMask">(B, T); 0 where the token is padding.</param>
    public ViltOutput Encode(Tensor image, Tensor textIds, Tensor textMask)
    {
        using DisposeScope scope = NewDisposeScope();
        ViltSequence sequence = Embed(image, textIds, textMask);
        Tensor x = sequence.Hidden;
        for (int i = 0; i < layers.Length; i++)
        {
            Tensor next = Layer(i, x, sequence.Mask);
            x.Dispose();
            x = next;
        }
        return Finish(sequence with { Hidden = x }).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="ViltOutput.Cls"/> alone, without computing what no head reads of the last layers.</summary>
    /// <returns>(B, D).</returns>
    /// <inheritdoc cref="Encode"/>
    public Tensor EncodeCls(Tensor image, Tensor textIds, Tensor textMask)
    {
        using DisposeScope scope = NewDisposeScope();
        ViltSequence sequence = Embed(image, textIds, textMask);
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

    /// <summary>What enters the first layer.</summary>
    /// <param name="image">(B, 3, H, W).</param>
    /// <param name="textIds">(B, T).</param>
    /// <param name="textMask">(B, T).</param>
    /// <param name="layout">Which patches become tokens; by default it is read off the pixels.</param>
    /// <param name="imageType">Row of the token type table for image tokens: 1, or 2 for a second image.</param>
    public ViltSequence Embed(Tensor image, Tensor textIds, Tensor textMask, PatchLayout? layout = null, int imageType = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor textValid = textMask.to_type(ScalarType.Bool);
        (PatchLayout read, bool allText) = Read(image, textValid);
        layout ??= read;

        Tensor text = EmbedText(textIds).add(token_type_embeddings.weight![0]);
        Tensor patches = EmbedImage(image, layout).add(token_type_embeddings.weight[imageType]);
        Tensor? mask = allText && !layout.Valid.AsSpan().Contains(false)
            ? null
            : cat([textValid, layout.Mask(image.device)], 1).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope(); // (B, 1, 1, S)
        return new(cat([text, patches], 1).MoveToOuterDisposeScope(), mask, (int)textIds.shape[1], layout);
    }

    /// <summary>(B, T) word pieces to (B, T, D), before token types.</summary>
    public Tensor EmbedText(Tensor textIds) => text_embeddings.forward(textIds);

    /// <summary>(B, 3, H, W) pixels to (B, 1+L, D): class token and patches, before token types.</summary>
    public Tensor EmbedImage(Tensor image, PatchLayout layout) => transformer.EmbedImage(image, layout);

    /// <summary>One layer, or its replacement where <see cref="Skipped"/> says so.</summary>
    /// <param name="index">0 to <see cref="CandidateCount"/> - 1.</param>
    /// <param name="x">(B, S, D).</param>
    /// <param name="mask"><see cref="ViltSequence.Mask"/>.</param>
    public Tensor Layer(int index, Tensor x, Tensor? mask) => layers[index].Forward(x, block => block.forward(x, mask));

    /// <summary>Final norm and pooler on what left the last layer.</summary>
    public ViltOutput Finish(ViltSequence sequence)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = transformer.norm.forward(sequence.Hidden);
        long T = sequence.TextLength;
        return new ViltOutput(x.narrow(1, 0, T), x.narrow(1, T, x.shape[1] - T), pooler.forward(x.select(1, 0)), sequence.Layout).MoveToOuterDisposeScope();
    }

    /// <param name="cls">(B, D).</param>
    /// <returns>(B, answers).</returns>
    public Tensor VqaLogits(Tensor cls) => Head(vqa_classifier, "VQA").forward(cls);

    /// <param name="textFeatures">(…, D): all text features, or only those of masked tokens.</param>
    /// <returns>(…, vocabulary).</returns>
    public Tensor MlmLogits(Tensor textFeatures) => Head(mlm_score, "masked-language-model").forward(textFeatures);

    /// <param name="cls">(B, D).</param>
    /// <returns>(B, 2): does not match, matches.</returns>
    public Tensor ItmLogits(Tensor cls) => Head(itm_score, "image-text-matching").forward(cls);

    private static T Head<T>(T? head, string name) where T : nn.Module =>
        head ?? throw new InvalidOperationException($"This ViLT was built without a {name} head.");

    private IEnumerable<(string Index, T Module)> Existing<T>(Func<SkippableLayer<ViltBlock>, T?> part) where T : nn.Module =>
        layers.Select((layer, i) => (i.ToString(System.Globalization.CultureInfo.InvariantCulture), part(layer)!)).Where(p => p.Item2 is not null);

    /// <summary>Layout and "no text is padding" in one transfer from the device.</summary>
    private (PatchLayout Layout, bool AllText) Read(Tensor image, Tensor textValid)
    {
        var (B, H, W, P) = ((int)image.shape[0], image.shape[2], image.shape[3], Config.PatchSize);
        if (H % P != 0 || W % P != 0) throw new ArgumentException($"An image batch of {H}x{W} pixels is not a whole number of {P}-pixel patches.");
        int rows = (int)(H / P), columns = (int)(W / P);

        Tensor corners = image[TensorIndex.Ellipsis, TensorIndex.Slice(step: P), TensorIndex.Slice(step: P)].sum(1).ne(0); // (B, h, w)
        bool[] flags = [.. cat([corners.flatten(), textValid.flatten()]).cpu().data<bool>()];
        int cells = B * rows * columns;
        return (PatchLayout.Of(flags.AsSpan(0, cells), B, rows, columns, Config.MaxImageLength, PatchSeed), !flags.AsSpan(cells).Contains(false));
    }

    private void Initialize()
    {
        foreach ((string name, nn.Module module) in named_modules())
        {
            if (name.Contains("adapter", StringComparison.Ordinal)) continue; // adapters initialise themselves
            if (module is Embedding table) nn.init.normal_(table.weight!, 0, 0.02);
            if (module is not Linear linear) continue;
            nn.init.normal_(linear.weight!, 0, 0.02);
            if (linear.bias is not null) nn.init.zeros_(linear.bias);
        }
    }
}

/// <summary>Tokens between two layers.</summary>
/// <param name="Hidden">(B, S, D), S = T + 1 + L: text, image class token, patches.</param>
/// <param name="Mask">(B, 1, 1, S) booleans, false where a token is padding; null where none is.</param>
/// <param name="TextLength">T.</param>
/// <param name="Layout">Which patches the image tokens show.</param>
public sealed record ViltSequence(Tensor Hidden, Tensor? Mask, int TextLength, PatchLayout Layout);

/// <summary>What a ViLT says of a batch.</summary>
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
