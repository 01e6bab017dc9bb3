namespace Das.Models.Backbones;

/// <summary>A backbone by its name in recipes: its published architecture and how it is built. Architectures are JSON in recipes and in checkpoints'
/// metadata.</summary>
/// <param name="Name">The name in a recipe.</param>
/// <param name="Published">The architecture of the published weights; values that no published architecture of the paper has are absent.</param>
/// <param name="Build">Builds it: sizes, heads, and the layers a finished model does without (null while searching).</param>
/// <param name="Candidates">N, the number of layers that may be skipped.</param>
/// <param name="Parameters">What a model without some layers would hold, before it is built.</param>
public sealed record Backbone(string Name, JsonObject Published, Func<JsonObject, TaskHeads, SkipMask?, BackboneModel> Build,
    Func<JsonObject, int> Candidates, Func<JsonObject, TaskHeads, SkipMask, ParameterCounts> Parameters)
{
    /// <summary>What is built.</summary>
    public required Type Model { get; init; }

    /// <summary>The record of its sizes.</summary>
    private Type ConfigType { get; init; } = typeof(object);

    /// <summary>Every architecture value that a recipe may have.</summary>
    private IEnumerable<string> Values => StrictJson.Options.GetTypeInfo(ConfigType).Properties.Where(value => value.Get is not null)
        .Select(value => value.Name);

    /// <summary>The preparation of pictures in its published code.</summary>
    public required ImageTransform Transform { get; init; }

    /// <summary>Its position table is resized to the recipe's image size when weights are loaded, not to each image at run time.</summary>
    public bool PositionsFollowImage { get; init; }

    /// <summary>It reads texts as conversations of a user and an assistant (method §5.3).</summary>
    public bool ReadsConversations { get; init; }

    /// <summary>Its retrieval training adds image-text matching (method §3.4).</summary>
    public bool MatchesInRetrieval { get; init; }

    /// <summary>Architecture values that are token ids of a text in the recipe's tokenizer, with that text.</summary>
    public IReadOnlyDictionary<string, string> TokenizedValues { get; init; } = new Dictionary<string, string>();

    /// <summary>The architecture value that says how many tokens the recipe's tokenizer puts before a text, where that is not one and the recipe
    /// leaves <see cref="TokenizedValues"/> to it; null where none does.</summary>
    public string? OpeningValue { get; init; }

    /// <summary>The published architecture, overridden by a checkpoint's own values and then by a recipe's.</summary>
    /// <param name="stored">The architecture in the checkpoint's metadata; names that are unknown here are passed over.</param>
    /// <param name="changes">What a person wrote.</param>
    /// <param name="section">What errors call the person's section.</param>
    /// <param name="path">The checkpoint, for errors.</param>
    /// <exception cref="DasException">The changes name an architecture value that does not exist, or a value is of another type or size than any model
    /// has.</exception>
    public JsonObject Configure(JsonObject? stored, JsonObject? changes, string section, string path = "")
    {
        JsonObject values = Published.DeepClone().AsObject();
        HashSet<string> names = [.. Values];
        JsonObject known = new((stored ?? []).Where(value => names.Contains(value.Key)).Select(value => KeyValuePair.Create(value.Key,
            value.Value?.DeepClone())));
        if (ValueRules.Flaws(known, ConfigType, Checkpoint.ConfigKey).FirstOrDefault() is { } damage)
            throw new DasException(ErrorKind.Checkpoint, $"'{path}' states sizes that no {Name} has: {damage.Sentence} Copy or download it again.");
        foreach ((string key, JsonNode? value) in known) values[key] = value?.DeepClone();
        foreach ((string key, JsonNode? value) in changes ?? [])
            values[key] = names.Contains(key) ? value?.DeepClone()
                : throw new DasException(ErrorKind.Recipe, Nearest.Unknown($"value of {section}", key, names.Order(StringComparer.Ordinal)));
        return ValueRules.Flaws(changes ?? [], ConfigType, section).FirstOrDefault() is { } flaw ? throw new DasException(ErrorKind.Recipe, flaw.Sentence)
            : values;
    }

    internal static Backbone Of<TConfig, TModel>(
        string name, ImageTransform transform, Func<TConfig, TaskHeads, SkipMask?, TModel> build, Func<TConfig, int> candidates,
        Func<TConfig, TaskHeads, SkipMask, ParameterCounts> parameters) where TConfig : new() where TModel : BackboneModel =>
        new(name, JsonSerializer.SerializeToNode(new TConfig(), JsonSerializerOptions.Web)!.AsObject(),
            (config, heads, removed) => build(Read<TConfig>(config), heads, removed), config => candidates(Read<TConfig>(config)),
            (config, heads, removed) => parameters(Read<TConfig>(config), heads, removed))
        {
            Model = typeof(TModel), Transform = transform,
            ConfigType = typeof(TConfig),
        };

    private static TConfig Read<TConfig>(JsonObject config) => config.Deserialize<TConfig>(JsonSerializerOptions.Web)!;
}

/// <summary>The preparation of pictures in a backbone's published code.</summary>
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
