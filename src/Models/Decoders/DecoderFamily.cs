namespace Das.Models.Decoders;

/// <summary>
/// What the <c>model_type</c> of a Hugging Face <c>config.json</c> means beyond its sizes: which of its keys are read, what holds without a key, and what
/// a missing key means, as in <c>transformers</c>. All families are one decoder (<see cref="LlamaConfig"/>).
/// </summary>
/// <param name="Names">The values of <c>model_type</c>.</param>
internal sealed record DecoderFamily(params string[] Names)
{
    private const string NoRope = "no_rope_layers", AttentionBias = "attention_bias", MlpBias = "mlp_bias", Window = "sliding_window",
        Types = "layer_types", Full = "full_attention", Sliding = "sliding_attention";

    private static readonly DecoderFamily[] All =
    [
        new("llama", "llava", "llava_llama") { Reads = [AttentionBias, MlpBias] },
        new("mistral", "llava_mistral") { Windows = WindowRule.Everywhere },
        new("qwen2") { HasQkvBias = true, Windows = WindowRule.Upper },
        new("qwen3") { Reads = [AttentionBias], HasQkNorm = true, Windows = WindowRule.Upper },
        new("smollm3") { Reads = [AttentionBias, MlpBias, NoRope], Windows = WindowRule.Unrotated, RopeTheta = 2e6, TiesOutput = true },
    ];

    /// <summary>Which layers have a window where <c>layer_types</c> does not say it.</summary>
    private enum WindowRule
    {
        /// <summary>None; a window has no meaning.</summary>
        None,

        /// <summary>All, where there is a window.</summary>
        Everywhere,

        /// <summary>Those from <c>max_window_layers</c> on, where <c>use_sliding_window</c> is true.</summary>
        Upper,

        /// <summary>Those without rotary positions, where <c>use_sliding_window</c> is true.</summary>
        Unrotated,
    }

    /// <summary>Keys that are refused in the families that do not read them.</summary>
    public IReadOnlyList<string> Reads { get; private init; } = [];

    /// <summary>Whether the token table is the output where the file does not say it.</summary>
    public bool TiesOutput { get; private init; }

    private bool HasQkvBias { get; init; }

    private bool HasQkNorm { get; init; }

    private double? RopeTheta { get; init; }

    private WindowRule Windows { get; init; }

    /// <exception cref="DasException">The family is unknown.</exception>
    public static DecoderFamily Of(ConfigFile config)
    {
        string name = config.Text("model_type") ?? All[0].Names[0];
        return Array.Find(All, family => family.Names.Contains(name))
            ?? throw HuggingFaceKeys.Foreign(config, "model_type", string.Join(", ", All.SelectMany(family => family.Names)));
    }

    /// <summary>What the file says of the decoder beyond its sizes, by the configuration's property; null where that has its default.</summary>
    /// <exception cref="DasException">A key has a value that this decoder does not compute with, or contradicts another.</exception>
    public IEnumerable<(string Property, JsonNode? Value)> Values(ConfigFile config)
    {
        (double? theta, RopeScaling? scaling) = HuggingFaceRope.Of(config);
        bool attention = Flag(AttentionBias);
        int[] unrotated = Unrotated(config);
        (int? window, int[]? windowed) = WindowOf(config, unrotated);
        int? width = config.Value<int>("head_dim") is { } given
            && (long)given * config.Required<int>("num_attention_heads") != config.Required<int>("hidden_size") ? given : null;
        return
        [
            (nameof(LlamaConfig.RopeTheta), theta ?? RopeTheta),
            (nameof(LlamaConfig.RopeScaling), scaling is null ? null : JsonSerializer.SerializeToNode(scaling, JsonSerializerOptions.Web)),
            (nameof(LlamaConfig.UnrotatedLayers), Listed(unrotated.Length > 0 ? unrotated : null)),
            (nameof(LlamaConfig.HeadDim), width),
            (nameof(LlamaConfig.QkvBias), True(attention || HasQkvBias)),
            (nameof(LlamaConfig.AttentionOutputBias), True(attention)),
            (nameof(LlamaConfig.MlpBias), True(Flag(MlpBias))),
            (nameof(LlamaConfig.QkNorm), True(HasQkNorm)),
            (nameof(LlamaConfig.SlidingWindow), window),
            (nameof(LlamaConfig.WindowedLayers), Listed(windowed)),
        ];

        bool Flag(string key) => Reads.Contains(key) && config.Value<bool>(key) == true;
        static JsonNode? True(bool value) => value ? true : null;
        static JsonNode? Listed(int[]? layers) => layers is null ? null : JsonSerializer.SerializeToNode(layers);
    }

    /// <summary>Layers without rotary positions: those whose entry is 0, else every fourth or as <c>no_rope_layer_interval</c> says.</summary>
    private int[] Unrotated(ConfigFile config)
    {
        if (!Reads.Contains(NoRope)) return [];
        int[] layers = [.. LayersOf(config)];
        if (config[NoRope] is not { } given)
        {
            const string key = "no_rope_layer_interval";
            int interval = config.Value<int>(key) ?? 4;
            return interval > 0 ? [.. layers.Where(layer => (layer + 1) % interval == 0)] : throw HuggingFaceKeys.Foreign(config, key, "a number above 0");
        }
        if (given is JsonArray entries && entries.Count == layers.Length
            && entries.All(entry => entry is not null && (HuggingFaceKeys.IsEqual(entry, 0) || HuggingFaceKeys.IsEqual(entry, 1))))
            return [.. layers.Where(layer => HuggingFaceKeys.IsEqual(entries[layer]!, 0))];
        throw HuggingFaceKeys.Foreign(config, NoRope, $"1 (rotated) or 0 for each of {layers.Length} layers");
    }

    /// <returns>The window and the layers that have it, null for all; no window where none has it.</returns>
    private (int? Window, int[]? Layers) WindowOf(ConfigFile config, int[] unrotated)
    {
        const int usual = 4096; // of MistralConfig and Qwen2Config where the key is missing
        bool used = Windows == WindowRule.Everywhere || config.Value<bool>("use_sliding_window") == true;
        int? window = config.Keys.Contains(Window) ? config.Value<int>(Window) : Windows is WindowRule.Everywhere or WindowRule.Upper ? usual : null;
        int[] layers = [.. LayersOf(config)];
        if (Windows == WindowRule.None && window is not null && config.Value<bool>("use_sliding_window") != false
            && window < (config.Value<int>("max_position_embeddings") ?? int.MaxValue))
            throw HuggingFaceKeys.Foreign(config, Window, "null, or at least max_position_embeddings,");

        if (TypesOf(config, layers.Length) is { } types)
        {
            int[] sliding = [.. layers.Where(layer => types[layer] == Sliding)];
            if (sliding.Length == 0) return (null, null);
            if (Windows == WindowRule.None) throw HuggingFaceKeys.Foreign(config, Types, $"{Full} everywhere");
            if (window is null || (Windows == WindowRule.Upper && !used))
                throw HuggingFaceKeys.Foreign(config, Types, $"{Full} everywhere, or a {Window} that is used,");
            return (window, sliding.Length == layers.Length ? null : sliding);
        }
        if (window is null || !used) return (null, null);
        int[]? windowed = Windows switch
        {
            WindowRule.Everywhere => null,
            WindowRule.Upper when (config.Value<int>("max_window_layers") ?? 28) is var first => [.. layers.Where(layer => layer >= first)],
            WindowRule.Unrotated => unrotated,
            _ => [],
        };
        return windowed is [] ? (null, null) : (window, windowed);
    }

    private static string[]? TypesOf(ConfigFile config, int layers)
    {
        if (config[Types] is not { } given) return null;
        string[] types = given is JsonArray entries ? [.. entries.Select(entry => entry?.ToString() ?? "")] : [];
        return types.Length == layers && types.All(type => type is Full or Sliding) ? types
            : throw HuggingFaceKeys.Foreign(config, Types, $"{Full} or {Sliding} for each of {layers} layers");
    }

    /// <summary>More than any model has are refused later.</summary>
    private static IEnumerable<int> LayersOf(ConfigFile config) =>
        Enumerable.Range(0, Math.Clamp(config.Required<int>("num_hidden_layers"), 0, ModelBounds.Layers));
}
