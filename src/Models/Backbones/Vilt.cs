using Das.Models.Adapters;
using Das.Models.Layers;
using Das.Models.Skipping;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Models.Backbones;

/// <summary>What a ViLT forward pass gives.</summary>
/// <param name="TextFeatures">(B, T, D) after the final norm.</param>
/// <param name="ImageFeatures">(B, 1+L, D) after the final norm, the image's class token first.</param>
/// <param name="Cls">(B, D), the pooled text [CLS].</param>
/// <param name="ImageMask">(B, 1+L) bool, true where a token is part of the image; null where all are.</param>
/// <param name="Layout">Where the image tokens come from; null for every cell in raster order.</param>
public sealed record ViltOutput(Tensor TextFeatures, Tensor ImageFeatures, Tensor Cls, Tensor? ImageMask, PatchLayout? Layout);

/// <summary>
/// ViLT (Kim, Son and Kim, ICML 2021, https://arxiv.org/abs/2102.03334) with DAS adapters (spec §2): BERT's embeddings and
/// image patches in one stream through pre-norm blocks. Checkpoint: <c>vilt_200k_mlm_itm.ckpt</c>; names as published.
/// </summary>
public sealed class Vilt : Module, ISkippable
{
    private readonly ViltConfig config;
    private readonly BertEmbeddings text_embeddings;
    private readonly Embedding token_type_embeddings;
    private readonly ViltVision transformer;
    private readonly Pooler pooler;
    private readonly IndexedModules<Sequential> adapter_list;
    private readonly Sequential? vqa_classifier;
    private readonly MlmHead? mlm_score;
    private readonly ItmHead? itm_score;
    private readonly bool finished;
    private SkipMask skipped;

    /// <param name="config">Dimensions.</param>
    /// <param name="heads">Which heads exist.</param>
    /// <param name="removed">
    /// The layers a finished model does without: they do not exist in it, nor do the replacement adapters of the layers it
    /// keeps. Null builds the search's model, which has both for every layer.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="removed"/> names a layer that does not exist.</exception>
    public Vilt(ViltConfig config, ViltHeads heads, SkipMask? removed = null) : base(nameof(Vilt))
    {
        this.config = config;
        finished = removed is not null;
        skipped = removed ?? SkipMask.Empty;
        Removed = skipped;
        Validate(skipped);
        int[] layers = [.. Enumerable.Range(0, config.NumLayers)];

        text_embeddings = new(config.VocabSize, config.HiddenSize, config.MaxTextLength, config.DropRate);
        token_type_embeddings = Embedding(config.TokenTypes, config.HiddenSize);
        init.normal_(token_type_embeddings.weight!, 0, 0.02);
        transformer = new(config, layers.Where(i => !skipped.Contains(i)), (image, valid, keep) => PatchChoice(image, valid, keep));
        adapter_list = new(finished ? skipped : layers, _ => Sequential(new Adapter(config.HiddenSize, config.ReplacementBottleneck, residual: true)));
        pooler = new(config.HiddenSize);
        if (heads.VqaAnswers > 0) vqa_classifier = Heads.Classifier(config.HiddenSize, 2 * config.HiddenSize, heads.VqaAnswers);
        if (heads.Mlm) mlm_score = new(config.HiddenSize, config.VocabSize);
        if (heads.Itm) itm_score = new(config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>The layers this model was built without.</summary>
    public SkipMask Removed { get; }

    public int CandidateCount => config.NumLayers;

    public SkipMask Skipped
    {
        get => skipped;
        set
        {
            Validate(value);
            if (finished && !value.Equals(Removed))
                throw new ArgumentException($"This finished model was built without layers {Removed}; it cannot skip {value} instead.", nameof(value));
            skipped = value;
        }
    }

    /// <summary>Which of n valid patches stay where the configuration allows only k: (image, n, k) → k positions. By default evenly spread.</summary>
    public Func<int, int, int, int[]> PatchChoice { get; set; } = (_, valid, keep) => [.. Enumerable.Range(0, keep).Select(i => (int)((long)i * valid / keep))];

    /// <summary>Called with every intermediate state, by the names the recordings use; for tests.</summary>
    public Action<string, Tensor>? Observe { get; set; }

    /// <summary>Encodes image-text pairs.</summary>
    /// <param name="image">(B, 3, H, W), normalised, zero-padded; H and W multiples of the patch size.</param>
    /// <param name="textIds">(B, T)</param>
    /// <param name="textMask">(B, T), 1 where a token is.</param>
    /// <param name="imageTokenType">Row of the modality table for the image: 1, or 2 for NLVR2's second image.</param>
    public ViltOutput Encode(Tensor image, Tensor textIds, Tensor textMask, int imageTokenType = 1)
    {
        long text = textIds.shape[1];
        Tensor t = text_embeddings.forward(textIds);
        (Tensor v, Tensor? imageMask, PatchLayout? layout) = transformer.Embed(image);
        Observe?.Invoke("text_embeddings", t);
        Observe?.Invoke("visual_embeds", v);

        Tensor x = cat([t + token_type_embeddings.weight![0], v + token_type_embeddings.weight![imageTokenType]], 1); // (B, N, D), N = T+1+L
        Observe?.Invoke("co_embeds", x);
        Tensor? keys = Keys(textMask, imageMask, v.shape[1]);
        for (int i = 0; i < config.NumLayers; i++)
        {
            x = skipped.Contains(i) ? adapter_list[i].forward(x) : transformer.blocks[i].forward(x, keys);
            Observe?.Invoke($"hidden_{i:00}", x);
        }
        x = transformer.norm.forward(x);
        Observe?.Invoke("raw_cls_feats", x.select(1, 0));
        return new(x.narrow(1, 0, text), x.narrow(1, text, x.shape[1] - text), pooler.forward(x.select(1, 0)), imageMask, layout);
    }

    /// <summary>Answer scores (B, V) of pooled features (B, D).</summary>
    public Tensor VqaLogits(Tensor cls) => (vqa_classifier ?? throw Missing("VQA")).forward(cls);

    /// <summary>Word scores (B, T, vocabulary) of text features (B, T, D).</summary>
    public Tensor MlmLogits(Tensor textFeatures) => (mlm_score ?? throw Missing("MLM")).forward(textFeatures);

    /// <summary>Mismatch and match scores (B, 2) of pooled features (B, D).</summary>
    public Tensor ItmLogits(Tensor cls) => (itm_score ?? throw Missing("ITM")).forward(cls);

    /// <summary>Leaves learning what the published code leaves learning: classifiers, pooler, token types and adapters (spec §2.5).</summary>
    public void FreezeForAdapters()
    {
        string[] learning = ["classifier", "pooler", "token_type_embeddings", "rank_output", "adapter"];
        foreach ((string name, Parameter parameter) in named_parameters())
            parameter.requires_grad = learning.Any(part => name.Contains(part, StringComparison.Ordinal));
    }

    /// <summary>(B, 1, 1, N) bool for attention, or null where every key is valid.</summary>
    private static Tensor? Keys(Tensor textMask, Tensor? imageMask, long imageTokens)
    {
        Tensor text = textMask.ne(0);
        if (imageMask is null && text.all().item<bool>()) return null;
        Tensor image = imageMask ?? ones(text.shape[0], imageTokens, ScalarType.Bool, text.device);
        return cat([text, image], 1).unsqueeze(1).unsqueeze(1);
    }

    private void Validate(SkipMask mask)
    {
        if (mask.Any(i => i >= config.NumLayers))
            throw new ArgumentException($"Cannot skip {mask}: this ViLT has layers 0 to {config.NumLayers - 1}.", nameof(mask));
    }

    private static InvalidOperationException Missing(string head) => new($"This ViLT was built without its {head} head.");
}
