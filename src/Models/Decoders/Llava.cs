namespace Das.Models.Decoders;

/// <summary>
/// LLaVA-1.5 with DAS adapters: the patches of CLIP's frozen image tower, projected, stand in LLaMA's stream wherever a text has a placeholder.
/// <para>Liu et al.: "Improved Baselines with Visual Instruction Tuning", CVPR 2024, https://arxiv.org/abs/2310.03744.</para>
/// The decoder and the projector are the folder <c>liuhaotian/llava-v1.5-7b</c>, the image tower <c>openai/clip-vit-large-patch14-336</c>;
/// parameter names are Meta's and OpenAI's. The published code's select token has no effect on training and is left out (method §5.2).
/// </summary>
public sealed class Llava : LlamaDecoder
{
    private const string Vision = "vision_tower", Tower = $"{Vision}.{Vision}.visual", Projector = "mm_projector";

    private readonly (ClipVisionTower Tower, Linear Projector, Linear? Deep) image; // a tuple, so that they are registered once

    /// <summary>The pretrained weights are uninitialised: load a checkpoint, or call <see cref="LlamaDecoder.InitializeWeights"/>.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="removed">
    /// Null while searching: every layer has both its pretrained form and its replacement. Otherwise a finished model: the
    /// pretrained layers of this mask, and the replacements of all others, do not exist.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public Llava(LlavaConfig config, SkipMask? removed = null) : base(nameof(Llava), config, config.Adapters(), hidesFirst: false, removed)
    {
        Config = config;
        image = (new(config.Clip), nn.Linear(config.ClipWidth, config.Dim), config.IsProjectorDeep ? nn.Linear(config.Dim, config.Dim) : null);
        register_module(Vision, new Named((Vision, new Named(("visual", image.Tower)))));
        register_module(Projector, image.Deep is { } deep ? new Named(("0", image.Projector), ("2", deep)) : image.Projector);
    }

    public new LlavaConfig Config { get; }

    public override int ImageSize => Config.ImageSize;

    /// <summary>All of an image's but one, which the placeholder has.</summary>
    /// <inheritdoc/>
    public override int Inserted(bool image) => image ? Config.ImagePositions - 1 : 0;

    public override bool HasFrozenImageTower => true;

    public override LoadRules PretrainedRules
    {
        get
        {
            LoadRules decoder = base.PretrainedRules;
            IEnumerable<string> notBuilt = Enumerable.Range(Config.Clip.Layers, Config.ClipLayers - Config.Clip.Layers)
                .Select(i => $"{Tower}.{ClipInit.Blocks}.{i}");
            return decoder with
            {
                MayBeMissing = [.. decoder.MayBeMissing, Vision, .. Config.NewProjector ? [Projector] : (string[])[]],
                MayBeIgnored = [.. decoder.MayBeIgnored, "adapter_select_token", ClipInit.PositionIds(Tower), .. notBuilt],
                Derived = [ClipInit.PositionTable(Config.Clip, Tower)],
            };
        }
    }

    /// <summary>Adapters and the projector (method §5.4).</summary>
    /// <inheritdoc/>
    public override bool IsTrainable(string name) => base.IsTrainable(name) || name.StartsWith(Projector, StringComparison.Ordinal);

    public override ModelCost Cost(int textTokens, int imageHeight, int imageWidth) => LlavaCost.Of(Config, Skipped, textTokens, imageHeight > 0);

    /// <summary>What the decoder is shown of images, before the projector.</summary>
    /// <returns>(B, N, W), without gradient; an image's row is bit for bit the same whatever images stand beside it.</returns>
    /// <exception cref="ArgumentException">The images are of another size than the configuration's.</exception>
    /// <inheritdoc/>
    public override Tensor ImageTower(Tensor image) => ClipVisionTower.EachAlone(image, Shown);

    /// <summary>Features as vectors of the stream.</summary>
    /// <param name="features">(B, N, W), of <see cref="ImageTower"/>.</param>
    /// <returns>(B, N, D).</returns>
    public Tensor Project(Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = image.Projector.forward(features.to_type(image.Projector.weight.dtype));
        return (image.Deep is { } deep ? deep.forward(F.gelu(x)) : x).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Every placeholder (<see cref="TokenBatch.ImageToken"/>) becomes the next image's vectors, of which none is learnt. A text without
    /// a placeholder passes over one image, as published.
    /// </summary>
    /// <exception cref="ArgumentException">Placeholders and images do not fit each other.</exception>
    /// <inheritdoc/>
    public override Sequence Assemble(TokenBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Splice rows = new(batch, Config.MaxLength);
        long[] ids = batch.Ids.cpu().contiguous().data<long>().ToArray();
        List<long> shown = [];
        int T = (int)batch.Ids.shape[1], images = 0, N = Config.ImagePositions;
        for (int row = 0; row < batch.Lengths.Count; row++)
        {
            rows.Begin();
            int before = shown.Count;
            for (int i = 0; i < batch.Lengths[row]; i++)
                if (ids[(row * T) + i] != TokenBatch.ImageToken) rows.Tokens(i, i + 1);
                else
                {
                    rows.Vectors((long)shown.Count * N, N);
                    shown.Add(images++);
                }
            if (batch.HasImage is { Count: > 0 } which && which[row] != shown.Count > before)
                throw new ArgumentException($"Row {row} of the batch is said to have {(which[row] ? "an image" : "no image")}, but its text has "
                    + $"{shown.Count - before} placeholders ({TokenBatch.ImageToken}): give one for every image.");
            if (shown.Count == before) images++;
        }
        Sequence sequence = rows.Embed(Embed, shown.Count == 0 ? null : Project(Features(batch, shown, images)).flatten(0, 1));
        sequence.Embeddings.MoveToOuterDisposeScope();
        sequence.Labels?.MoveToOuterDisposeScope();
        return sequence;
    }

    private protected override void InitializeImageTower(LoadResult loaded, Checkpoint? vision) =>
        ClipInit.FromOwnOr(image.Tower, Tower, loaded, vision, "the folder of openai/clip-vit-large-patch14-336");

    private Tensor Shown(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor state = image.Tower.After(pixels, image.Tower.Sizes.Layers)[0];
        return state.narrow(1, Config.FirstShown, Config.ImagePositions).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Those images that are shown, fresh or as they were kept.</summary>
    private Tensor Features(TokenBatch batch, List<long> shown, int images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor given = batch.Image ?? throw new ArgumentException("A text of the batch has a placeholder for an image, but the batch has no images: give one "
            + "for every placeholder.");
        if (given.shape[0] != images)
            throw new ArgumentException($"The batch has {given.shape[0]} images, where its texts take {images}: one for every placeholder, and one of any "
                + "values for a text without.");
        Tensor seen = shown.Count == images ? given : given.index_select(0, tensor(shown.ToArray(), device: given.device));
        if (seen.dim() == 4) return ImageTower(seen).MoveToOuterDisposeScope();
        if (seen.shape[1] != Config.ImagePositions || seen.shape[2] != Config.ClipWidth)
            throw new ArgumentException($"Kept features of ({seen.shape[1]}, {seen.shape[2]}) are given for an image, where this model's tower makes "
                + $"({Config.ImagePositions}, {Config.ClipWidth}): compute them again.");
        return seen.alias().MoveToOuterDisposeScope();
    }
}
