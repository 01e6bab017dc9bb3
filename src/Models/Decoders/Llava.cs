using Das.Models.Vision;

namespace Das.Models.Decoders;

/// <summary>
/// LLaVA-1.5 with DAS adapters: the projected patches of CLIP's frozen image tower take a placeholder's place in LLaMA's input.
/// <para>Liu et al.: "Improved Baselines with Visual Instruction Tuning", CVPR 2024, https://arxiv.org/abs/2310.03744.</para>
/// The decoder and the projector are the folder <c>liuhaotian/llava-v1.5-7b</c>, the image tower <c>openai/clip-vit-large-patch14-336</c>;
/// parameter names are Meta's and OpenAI's. The published code's select token has no effect on training and is left out (method §5.2).
/// </summary>
public sealed class Llava : LlamaDecoder
{
    private const string Vision = "vision_tower", Tower = $"{Vision}.{Vision}.visual", Projector = "mm_projector";

    private readonly (VisionTower Tower, Linear Projector, Linear? Deep) image; // a tuple, so that they are registered once

    /// <summary>The pretrained weights are uninitialised: load a checkpoint, or call <see cref="LlamaDecoder.InitializeWeights"/>.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="removed">The layers a finished model is built without; null while searching.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    /// <exception cref="DasException">The configuration contradicts itself.</exception>
    public Llava(LlavaConfig config, SkipMask? removed = null) : base(nameof(Llava), config, config.Adapters(), masksFirst: false, removed)
    {
        Config = config;
        image = (new(config.Clip), nn.Linear(config.ClipWidth, config.Dim), config.IsProjectorDeep ? nn.Linear(config.Dim, config.Dim) : null);
        register_module(Vision, new Named((Vision, new Named(("visual", image.Tower)))));
        register_module(Projector, image.Deep is { } deep ? new Named(("0", image.Projector), ("2", deep)) : image.Projector);
    }

    public static Backbone Backbone { get; } = Backbone.Of<LlavaConfig, Llava>("llava", ImageTransform.Padded,
        (config, _, removed) => new Llava(config, removed), config => config.Layers,
            (config, _, removed) => LlavaCost.Parameters(config, removed)) with { PositionsFollowImage = true, ReadsConversations = true };

    public new LlavaConfig Config { get; }

    public override int ImageSize => Config.ImageSize;

    public override TowerPictures? Pictures => Config.Pictures;

    /// <summary>All of an image's but one, which the placeholder has.</summary>
    /// <inheritdoc/>
    public override int InsertedPositions(bool image) => image ? Config.ImagePositions - 1 : 0;

    public override bool HasFrozenImageTower => true;

    public override LoadRules PretrainedRules
    {
        get
        {
            LoadRules decoder = base.PretrainedRules;
            IEnumerable<string> notBuilt = Enumerable.Range(Config.Clip.Layers, Config.ClipLayers - Config.Clip.Layers)
                .Select(i => $"{Tower}.{VisionInit.Blocks}.{i}");
            return decoder with
            {
                MayBeMissing = [.. decoder.MayBeMissing, Vision, .. Config.NewProjector ? [Projector] : (string[])[]],
                MayBeIgnored = [.. decoder.MayBeIgnored, "adapter_select_token", VisionInit.PositionIds(Tower), .. notBuilt],
                Derived = [VisionInit.PositionTable(Config.Clip, Tower)],
            };
        }
    }

    /// <summary>Adapters and the projector (method §5.4).</summary>
    /// <inheritdoc/>
    public override bool IsTrainable(string name) => base.IsTrainable(name) || name.StartsWith(Projector, StringComparison.Ordinal);

    public override ModelCost Cost(int textTokens, int imageHeight, int imageWidth) => LlavaCost.Of(Config, Skipped, textTokens, imageHeight > 0);

    /// <summary>The image tower's features that the decoder reads, before the projector.</summary>
    /// <returns>(B, N, W), without gradient; an image's row is bit for bit the same whatever images stand beside it.</returns>
    /// <exception cref="DasException">The images are of another size than the configuration's.</exception>
    /// <inheritdoc/>
    public override Tensor ImageTower(Tensor image) => VisionTower.ForwardOneByOne(image, SelectedFeatures);

    /// <summary>Features projected to the decoder's width.</summary>
    /// <param name="features">(B, N, W), of <see cref="ImageTower"/>.</param>
    /// <returns>(B, N, D).</returns>
    public Tensor Project(Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = image.Projector.forward(features.to_type(image.Projector.weight.dtype));
        return (image.Deep is { } deep ? deep.forward(F.gelu(x)) : x).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Every placeholder (<see cref="TokenBatch.ImageToken"/>) becomes the next image's vectors, which have no label. A text without
    /// a placeholder skips one image, as published.
    /// </summary>
    /// <exception cref="ArgumentException">Placeholders and images do not fit each other.</exception>
    /// <inheritdoc/>
    public override Sequence Assemble(TokenBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        SequenceBuilder rows = new(batch, Config.MaxLength);
        long[] ids = batch.Ids.cpu().contiguous().data<long>().ToArray();
        List<long> used = [];
        int T = (int)batch.Ids.shape[1], images = 0, N = Config.ImagePositions;
        for (int row = 0; row < batch.Lengths.Count; row++)
        {
            rows.BeginRow();
            int before = used.Count;
            for (int i = 0; i < batch.Lengths[row]; i++)
                if (ids[(row * T) + i] != TokenBatch.ImageToken) rows.AddTokens(i, i + 1);
                else
                {
                    rows.InsertVectors((long)used.Count * N, N);
                    used.Add(images++);
                }
            if (batch.HasImage is { Count: > 0 } which && which[row] != used.Count > before)
                throw new ArgumentException($"Row {row} of the batch is said to have {(which[row] ? "an image" : "no image")}, but its text has "
                    + $"{used.Count - before} placeholders ({TokenBatch.ImageToken}): give one for every image.");
            if (used.Count == before) images++;
        }
        return rows.Build(Embed, used.Count == 0 ? null : Project(Features(batch, used, images)).flatten(0, 1)).MoveToOuterDisposeScope();
    }

    private protected override void InitializeImageTower(LoadResult loaded, PretrainedParts parts)
    {
        VisionInit.ForModel(image.Tower, Tower, loaded, parts.Vision, "the folder of openai/clip-vit-large-patch14-336");
        base.InitializeImageTower(loaded, parts with { Vision = null });
    }

    private Tensor SelectedFeatures(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor state = image.Tower.HiddenStates(pixels, image.Tower.Sizes.Layers)[0];
        return state.narrow(1, Config.FirstSelected, Config.ImagePositions).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Features of the images with a placeholder, computed or as they were kept.</summary>
    private Tensor Features(TokenBatch batch, List<long> used, int images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor given = batch.Image ?? throw new ArgumentException("A text of the batch has a placeholder for an image, but the batch has no images: give one "
            + "for every placeholder.");
        if (given.shape[0] != images)
            throw new ArgumentException($"The batch has {given.shape[0]} images, where its texts take {images}: one for every placeholder, and one of any "
                + "values for a text without.");
        Tensor read = used.Count == images ? given : given.index_select(0, tensor(used.ToArray(), device: given.device));
        if (read.dim() == 4) return ImageTower(read).MoveToOuterDisposeScope();
        if (read.shape[1] != Config.ImagePositions || read.shape[2] != Config.ClipWidth)
            throw new ArgumentException($"Kept features of ({read.shape[1]}, {read.shape[2]}) are given for an image, where this model's tower makes "
                + $"({Config.ImagePositions}, {Config.ClipWidth}): compute them again.");
        return read.alias().MoveToOuterDisposeScope();
    }
}
