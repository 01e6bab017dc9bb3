using Das.Models.Vision;

namespace Das.Models.Decoders;

/// <summary>
/// LaVIN with DAS adapters: an image enters LLaMA as a few vectors of CLIP's image tower behind the first token, and a modality token in
/// front of all routes every adapter between its two experts.
/// <para>Luo et al.: "Cheap and Quick: Efficient Vision-Language Instruction Tuning for Large Language Models", NeurIPS 2023,
/// https://arxiv.org/abs/2305.15023.</para>
/// The decoder is LLaMA's <c>consolidated.00.pth</c>, the image tower OpenAI's <c>ViT-L-14.pt</c>; parameter names are the published
/// ones. A text's first token is the beginning of text, where its tokenizer has one.
/// </summary>
public sealed class Lavin : LlamaDecoder
{
    private const string Vision = "backbone", Tower = $"{Vision}.visual";

    private readonly (VisionTower Tower, Linear Down, Linear Up, Embedding Modality) image; // a tuple, so that they are registered once

    /// <summary>The decoder's pretrained weights are uninitialised: load a checkpoint, or call <see cref="LlamaDecoder.InitializeWeights"/>.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="removed">The layers a finished model is built without; null while searching.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    /// <exception cref="DasException">The configuration contradicts itself.</exception>
    public Lavin(LavinConfig config, SkipMask? removed = null) : base(nameof(Lavin), config, config.Adapters(), masksFirst: true, removed)
    {
        if (config.ImageVectors < 1)
            throw new DasException(ErrorKind.Recipe,
                $"clipEvery is {config.ClipEvery}, which shows nothing of {config.ClipLayers} blocks: give at most clipLayers.");
        int shortest = 2 + Math.Max(config.InsertedPositions(image: true), config.InsertedPositions(image: false));
        if (config.MaxLength < shortest)
            throw new DasException(ErrorKind.Recipe, $"maxLength is {config.MaxLength}, but an image and its prefix leave room for a text from {shortest} on.");
        Config = config;
        image = (new(config.Clip), nn.Linear(config.ClipWidth, config.HiddenProj), nn.Linear(config.HiddenProj, config.Dim), nn.Embedding(2, config.Dim));
        register_module(Vision, new Named(("visual", image.Tower)));
        register_module("adapter_proj", new Named(("conv_A", image.Down), ("conv_B", image.Up)));
        register_module("adapter_modality_embedding", image.Modality);
        foreach (Linear layer in (Linear[])[image.Down, image.Up])
        {
            nn.init.xavier_uniform_(layer.weight);
            nn.init.zeros_(layer.bias!);
        }
    }

    public static Backbone Backbone { get; } = Backbone.Of<LavinConfig, Lavin>("lavin", ImageTransform.Stretched,
        (config, _, removed) => new Lavin(config, removed), config => config.Layers,
            (config, _, removed) => LavinCost.Parameters(config, removed)) with
    {
        PositionsFollowImage = true,
        TokenizedValues = new Dictionary<string, string> { ["imagePrefix"] = "Image: ", ["noImagePrefix"] = "Image: N/A" },
        OpeningValue = "openingTokens",
    };

    public new LavinConfig Config { get; }

    public override int ImageSize => Config.ImageSize;

    public override TowerPictures? Pictures => Config.Pictures;

    public override int InsertedPositions(bool image) => Config.InsertedPositions(image);

    /// <summary>The image tower with its adapters.</summary>
    public VisionTower ImageEncoder => image.Tower;

    public override LoadRules PretrainedRules
    {
        get
        {
            LoadRules decoder = base.PretrainedRules;
            string[] unused = [$"{Tower}.proj", $"{Tower}.scores",
                .. ((string[])["transformer", "token_embedding", "positional_embedding", "ln_final", "text_projection", "logit_scale"])
                .Select(name => $"{Vision}.{name}")];
            return decoder with
            {
                MayBeMissing = [.. decoder.MayBeMissing, Vision, "adapter_proj", "adapter_modality_embedding"],
                MayBeIgnored = [.. decoder.MayBeIgnored, .. unused],
                Derived = [VisionInit.PositionTable(Config.Clip, Tower)],
            };
        }
    }

    private protected override void InitializeImageTower(LoadResult loaded, PretrainedParts parts)
    {
        VisionInit.ForModel(image.Tower, Tower, loaded, parts.Vision, "OpenAI's ViT-L-14.pt");
        base.InitializeImageTower(loaded, parts with { Vision = null });
    }

    public override ModelCost Cost(int textTokens, int imageHeight, int imageWidth) => LavinCost.Of(Config, Skipped, textTokens, imageHeight > 0);

    /// <summary>
    /// The modality token, the first token of the text, a prefix, the vectors of an image, the rest of the text (method §4.3):
    /// <code>
    /// image    : [MOD] [BOS] "Image: " [vectors] rest
    /// no image : [MOD] [BOS] "Image: N/A" rest
    /// </code>
    /// </summary>
    /// <exception cref="ArgumentException">A row has an image and the batch holds none.</exception>
    /// <inheritdoc/>
    public override Sequence Assemble(TokenBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        int B = batch.Lengths.Count, images = 0;
        int opening = Config.OpeningTokens ?? 1;
        bool[] hasImage = [.. Enumerable.Range(0, B).Select(row => batch.HasImage is { Count: > 0 } which && which[row])];
        SequenceBuilder rows = new(batch, Config.MaxLength);
        for (int row = 0; row < B; row++)
        {
            rows.BeginRow();
            rows.InsertVectors(row);
            rows.AddTokens(0, opening);
            rows.InsertTokens(hasImage[row] ? Config.ImagePrefix : Config.NoImagePrefix);
            if (hasImage[row]) rows.InsertVectors(B + ((long)images++ * Config.ImageVectors), Config.ImageVectors);
            rows.AddTokens(opening, batch.Lengths[row]);
        }
        Tensor modality = image.Modality.forward(tensor(hasImage.Select(has => has ? 1L : 0L).ToArray(), device: batch.Ids.device));
        Tensor vectors = images == 0 ? modality : cat([modality, Project(Features(batch, hasImage)).flatten(0, 1)], 0);
        return rows.Build(Embed, vectors).MoveToOuterDisposeScope();
    }

    /// <summary>Class tokens projected to the decoder's width.</summary>
    /// <param name="features">(B, K, W), of <see cref="VisionTower.ClassTokens"/>.</param>
    /// <returns>(B, K, D).</returns>
    public Tensor Project(Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        return image.Up.forward(F.silu(image.Down.forward(features.to_type(image.Down.weight.dtype)))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Class tokens of the rows with an image. The other rows' pixels are not read, but for the first row's where it routes for all.
    /// </summary>
    private Tensor Features(TokenBatch batch, bool[] hasImage)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = batch.Image ?? throw new ArgumentException("A row of the batch is to show an image, but the batch has no images: give one for every "
            + "row that shows one.");
        bool firstRoutes = !hasImage[0] && Config.VisualSource == RouteSource.FirstRow;
        long[] rows = [.. Enumerable.Range(0, hasImage.Length).Where(row => hasImage[row] || (row == 0 && firstRoutes)).Select(row => (long)row)];
        Tensor read = rows.Length == hasImage.Length ? pixels : pixels.index_select(0, tensor(rows, device: pixels.device));
        Tensor features = image.Tower.ClassTokens(read, Config.ClipEvery);
        return (firstRoutes ? features.narrow(0, 1, rows.Length - 1) : features).MoveToOuterDisposeScope();
    }
}
