namespace Das.Models.Backbones;

/// <summary>
/// A pretrained network over a text and an image with DAS's adapters and its task heads. Text and image are embedded separately,
/// so that either can be kept and fused with many of the other, and fused by the layers that DAS may skip.
/// </summary>
public abstract class VisionLanguageModel : BackboneModel
{
    /// <summary>Parts of the names of parameters that adapter training updates (method §2.5, §3.5).</summary>
    private static readonly string[] TrainableNames = ["classifier", "pooler", "token_type_embeddings", "rank_output", "adapter"];

    private Sequential? vqa_classifier, nlvr2_classifier, snli_classifier;
    private Linear? rank_output;
    private MlmHead? mlm_score;
    private ItmHead? itm_score;

    /// <param name="name">The module's name in errors.</param>
    /// <param name="heads">Which heads exist.</param>
    /// <param name="candidates">N.</param>
    /// <param name="removed">The layers a finished model is built without; null while searching.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="removed"/> names a layer that does not exist.</exception>
    protected VisionLanguageModel(string name, TaskHeads heads, int candidates, SkipMask? removed) : base(name, candidates, removed) => Heads = heads;

    public TaskHeads Heads { get; }

    /// <summary>F: the width of what <see cref="Fuse"/> gives the heads.</summary>
    public abstract int FeatureSize { get; }

    /// <summary>The longest text in tokens.</summary>
    public abstract int MaxTextLength { get; }

    /// <summary>Side in pixels of one patch: batches are padded to multiples of it.</summary>
    public abstract int PatchSize { get; }

    /// <summary>A text on its way into the shared layers.</summary>
    /// <param name="ids">(B, T) tokens, T at most <see cref="MaxTextLength"/>.</param>
    /// <param name="mask">(B, T); 0 where the token is padding.</param>
    public abstract Embedded EmbedText(Tensor ids, Tensor mask);

    /// <summary>An image on its way into the shared layers.</summary>
    /// <param name="image">(B, 3, H, W) normalised pixels; zeros at the right and the bottom are padding; H and W are multiples of the patch size.</param>
    /// <param name="imageType">Row of the token type table: 1, or 2 for the second image of a pair.</param>
    public abstract Embedded EmbedImage(Tensor image, int imageType = 1);

    /// <summary>An image after the frozen tower: <c>EmbedImage(x) = EmbedImageTower(ImageTower(x))</c>.</summary>
    /// <param name="tower">(B, N, W), of <see cref="BackboneModel.ImageTower"/>.</param>
    /// <param name="imageType">Row of the token type table: 1, or 2 for the second image of a pair.</param>
    /// <exception cref="InvalidOperationException">There is none: see <see cref="BackboneModel.HasFrozenImageTower"/>.</exception>
    public virtual Embedded EmbedImageTower(Tensor tower, int imageType = 1) => throw new InvalidOperationException("This backbone has no frozen image tower.");

    /// <summary>The shared layers and the poolers.</summary>
    /// <param name="text">B texts.</param>
    /// <param name="image">B images, or one for all texts.</param>
    /// <returns>(B, F), which heads read.</returns>
    public abstract Tensor Fuse(Embedded text, Embedded image);

    /// <summary>
    /// <see cref="Fuse"/> of these texts as a function of the image: what depends on the texts only is computed here, once for
    /// all images. What it holds lies in the caller's dispose scope and belongs to the current mask and weights.
    /// </summary>
    /// <param name="text">B texts.</param>
    public virtual Func<Embedded, Tensor> FuseWith(Embedded text) => image => Fuse(text, image);

    /// <summary><see cref="Fuse"/> with every token of the last layers: what the masked-language-model head reads.</summary>
    /// <returns>(B, T, D) features of the text's tokens and (B, F) pooled features.</returns>
    public abstract (Tensor Text, Tensor Pooled) FuseAll(Embedded text, Embedded image);

    /// <summary><see cref="Fuse"/> of one text and one image a row.</summary>
    /// <returns>(B, F).</returns>
    public Tensor Features(Tensor ids, Tensor mask, Tensor image, int imageType = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        return Fuse(EmbedText(ids, mask), EmbedImage(image, imageType)).MoveToOuterDisposeScope();
    }

    /// <summary>Adapters, poolers, classifiers and token types.</summary>
    /// <inheritdoc/>
    public override bool IsTrainable(string name) => TrainableNames.Any(part => name.Contains(part));

    /// <param name="features">(B, F).</param>
    /// <returns>(B, answers).</returns>
    public Tensor VqaLogits(Tensor features) => Head(vqa_classifier, "VQA").forward(features);

    /// <param name="left">(B, F): the sentence with the left image.</param>
    /// <param name="right">(B, F): the sentence with the right image.</param>
    /// <returns>(B, 2): false, true.</returns>
    public Tensor Nlvr2Logits(Tensor left, Tensor right)
    {
        using Tensor both = cat([left, right], 1);
        return Head(nlvr2_classifier, "NLVR2").forward(both);
    }

    /// <param name="features">(B, F).</param>
    /// <returns>(B): how well text and image belong together; only differences mean something.</returns>
    public Tensor RankScores(Tensor features)
    {
        using Tensor column = Head(rank_output, "retrieval").forward(features);
        return column.squeeze(1);
    }

    /// <param name="features">(B, F).</param>
    /// <returns>(B, 2): does not match, matches.</returns>
    public Tensor ItmLogits(Tensor features) => Head(itm_score, "image-text-matching").forward(features);

    /// <param name="textFeatures">(…, D): all text features, or only those of masked tokens.</param>
    /// <returns>(…, vocabulary).</returns>
    public Tensor MlmLogits(Tensor textFeatures) => Head(mlm_score, "masked-language-model").forward(textFeatures);

    /// <param name="features">(B, F).</param>
    /// <returns>(B, 3): contradiction, neutral, entailment.</returns>
    public Tensor SnliLogits(Tensor features) => Head(snli_classifier, "visual-entailment").forward(features);

    /// <summary>To be called where the published module lists its heads.</summary>
    /// <param name="size">D.</param>
    /// <param name="vocabulary">Word pieces.</param>
    /// <param name="epsilon">Of the masked-language-model head's norm.</param>
    protected void RegisterHeads(long size, long vocabulary, double epsilon)
    {
        long features = FeatureSize, inner = 2 * size;
        if (Heads.Mlm) register_module(nameof(mlm_score), mlm_score = new(size, vocabulary, epsilon));
        if (Heads.Itm) register_module(nameof(itm_score), itm_score = new(features));
        if (Heads.VqaAnswers > 0) register_module(nameof(vqa_classifier), vqa_classifier = Classifier.Of(features, inner, Heads.VqaAnswers));
        if (Heads.Nlvr2) register_module(nameof(nlvr2_classifier), nlvr2_classifier = Classifier.Of(2 * features, inner, 2));
        if (Heads.Snli) register_module(nameof(snli_classifier), snli_classifier = Classifier.Of(features, inner, 3));
        if (Heads.Rank) register_module(nameof(rank_output), rank_output = nn.Linear(features, 1));
    }

    /// <summary>N(0, 0.02) for tables and linear layers, the published start of both families; adapters have their own.</summary>
    protected void InitializeNormally()
    {
        foreach ((string name, nn.Module module) in named_modules())
        {
            if (name.Contains("adapter")) continue;
            if (module is Embedding table) nn.init.normal_(table.weight!, 0, 0.02);
            if (module is not Linear linear) continue;
            nn.init.normal_(linear.weight!, 0, 0.02);
            if (linear.bias is not null) nn.init.zeros_(linear.bias);
        }
    }

    /// <summary>Names a pretrained checkpoint may hold though this model has no such parameter: absent heads and the published code's buffers.</summary>
    private protected IEnumerable<string> Ignorable => [.. Heads.Absent, "skip_num", "das_gate"];

    /// <summary>The published start of the retrieval head: the "yes" row of image-text matching (method §2.2, §3.4).</summary>
    private protected IEnumerable<DerivedParameter> RankFromItm => Heads.Rank
        ? [new("rank_output.weight", "itm_score.fc.weight", t => t.narrow(0, 1, 1)), new("rank_output.bias", "itm_score.fc.bias", t => t.narrow(0, 1, 1))]
        : [];

    /// <summary>The published growth of a token type table to <paramref name="rows"/>: new rows are copies of the last (method §2.2).</summary>
    private protected static DerivedParameter GrownTokenTypes(long rows) => new("token_type_embeddings.weight", "token_type_embeddings.weight", stored =>
        stored.shape[0] >= rows ? stored.alias() : cat([stored, .. Enumerable.Repeat(stored.narrow(0, stored.shape[0] - 1, 1), (int)(rows - stored.shape[0]))],
            0));

    private static T Head<T>(T? head, string name) where T : nn.Module =>
        head ?? throw new InvalidOperationException($"This model was built without a {name} head.");
}
