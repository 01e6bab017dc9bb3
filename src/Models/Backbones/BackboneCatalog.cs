namespace Das.Models.Backbones;

/// <summary>One backbone as recipes name it. Its architecture travels as JSON: in recipes and in checkpoints' metadata.</summary>
/// <param name="Name">The name in a recipe.</param>
/// <param name="Paper">Where it comes from.</param>
/// <param name="Checkpoint">The published weights' file name.</param>
/// <param name="Published">Every architecture value, with that of the published weights.</param>
/// <param name="Build">Builds it: sizes, heads, and the layers a finished model does without (null while searching).</param>
/// <param name="Candidates">N, the number of layers that may be skipped.</param>
public sealed record Backbone(
    string Name, string Paper, string Checkpoint, JsonObject Published,
    Func<JsonObject, TaskHeads, SkipMask?, SkippableModel> Build, Func<JsonObject, int> Candidates)
{
    /// <summary>How its published code prepares pictures.</summary>
    public required ImageTransform Transform { get; init; }

    /// <summary>Its position table is resized to the recipe's image size when weights are loaded, not to each image at run time.</summary>
    public bool PositionsFollowImage { get; init; }

    /// <summary>It reads texts as what a user and an assistant say in turn (method §5.3).</summary>
    public bool ReadsConversations { get; init; }

    /// <summary>Its retrieval training adds image-text matching (method §3.4).</summary>
    public bool MatchesInRetrieval { get; init; }

    /// <summary>The published architecture with a checkpoint's statement and a recipe's changes put over it.</summary>
    /// <param name="stated">What the checkpoint says of itself; names that are unknown here are passed over.</param>
    /// <param name="changes">What a person wrote.</param>
    /// <param name="section">What errors call the person's section.</param>
    /// <exception cref="ArgumentException">The changes name an architecture value that does not exist.</exception>
    public JsonObject Configure(JsonObject? stated, JsonObject? changes, string section)
    {
        JsonObject values = Published.DeepClone().AsObject();
        foreach ((string key, JsonNode? value) in stated ?? [])
            if (values.ContainsKey(key)) values[key] = value?.DeepClone();
        foreach ((string key, JsonNode? value) in changes ?? [])
            values[key] = values.ContainsKey(key) ? value?.DeepClone()
                : throw new DasException(ErrorKind.Recipe, Nearest.Unknown($"value of {section}", key, values.Select(v => v.Key).Order(StringComparer.Ordinal)));
        return values;
    }

    internal static Backbone Of<TConfig>(
        string name, string paper, string checkpoint, ImageTransform transform,
        Func<TConfig, TaskHeads, SkipMask?, SkippableModel> build, Func<TConfig, int> candidates) where TConfig : new() =>
        new(name, paper, checkpoint, JsonSerializer.SerializeToNode(new TConfig(), JsonSerializerOptions.Web)!.AsObject(),
            (config, heads, removed) => build(Read<TConfig>(config), heads, removed), config => candidates(Read<TConfig>(config)))
        {
            Transform = transform,
        };

    private static TConfig Read<TConfig>(JsonObject config) => config.Deserialize<TConfig>(JsonSerializerOptions.Web)!;
}

/// <summary>How a backbone's published code prepares pictures.</summary>
public enum ImageTransform
{
    /// <summary>Shorter side fixed, longer side free, multiples of 32 (method §2.3).</summary>
    Pixelbert,

    /// <summary>A centred square, CLIP's mean and deviation (method §3.3).</summary>
    Clip,

    /// <summary>Stretched to a square, ImageNet's mean and deviation (method §4.3).</summary>
    Stretched,

    /// <summary>Padded to a square in CLIP's mean colour, CLIP's mean and deviation (method §5.3).</summary>
    Padded,

    /// <summary>It reads no pictures.</summary>
    None,
}

/// <summary>The backbones there are. A new one is a file and a line here.</summary>
public static class BackboneCatalog
{
    private static readonly Dictionary<string, Backbone> Known = new[]
    {
        Backbone.Of<ViltConfig>("vilt", "https://arxiv.org/abs/2102.03334", "vilt_200k_mlm_itm.ckpt", ImageTransform.Pixelbert,
            (config, heads, removed) => new Vilt(config, heads, removed), config => config.NumLayers),
        Backbone.Of<MeterConfig>("meter", "https://arxiv.org/abs/2111.02387", "meter_clip16_288_roberta_pretrain.ckpt", ImageTransform.Clip,
            (config, heads, removed) => new Meter(config, heads, removed), config =>
                2 * config.NumLayers) with { PositionsFollowImage = true, MatchesInRetrieval = true },
        Backbone.Of<LlamaConfig>("llama", "https://arxiv.org/abs/2302.13971", "consolidated.00.pth", ImageTransform.None,
            (config, _, removed) => new Llama(config, removed), config => config.Layers),
        Backbone.Of<LavinConfig>("lavin", "https://arxiv.org/abs/2305.15023", "consolidated.00.pth", ImageTransform.Stretched,
            (config, _, removed) => new Lavin(config, removed), config => config.Layers) with { PositionsFollowImage = true },
        Backbone.Of<LlavaConfig>("llava", "https://arxiv.org/abs/2310.03744", "llava-v1.5-7b", ImageTransform.Padded,
            (config, _, removed) => new Llava(config, removed), config => config.Layers) with { PositionsFollowImage = true, ReadsConversations = true },
    }.ToDictionary(backbone => backbone.Name, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <exception cref="ArgumentException">There is none of that name; the message says what there is.</exception>
    public static Backbone Get(string name) =>
        Known.TryGetValue(name, out Backbone? backbone) ? backbone
            : throw new DasException(ErrorKind.Recipe, Nearest.Unknown("backbone", name, Known.Keys.Order(StringComparer.Ordinal)));
}
