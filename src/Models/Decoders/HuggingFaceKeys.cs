namespace Das.Models.Decoders;

/// <summary>
/// Keys of a Hugging Face <c>config.json</c> that change what a decoder computes. Many architectures share LLaMA's names of tensors, so that their
/// weights would load and compute something else: a value that this decoder does not compute with is refused by its key.
/// </summary>
internal static class HuggingFaceKeys
{
    private static readonly string[] Families = ["llama", "mistral", "llava", "llava_llama", "llava_mistral"];

    /// <summary>Keys with the one value that they may have beside null.</summary>
    private static readonly (string Key, JsonNode? Ours)[] Fixed =
    [
        ("attention_bias", false), ("mlp_bias", false), ("qkv_bias", false), ("partial_rotary_factor", 1), ("rotary_pct", 1), ("logits_scaling", 1),
        ("logit_scale", 1), ("scale_emb", 1), ("scale_depth", null), ("attention_multiplier", null), ("query_pre_attn_scalar", null),
        ("final_logit_softcapping", null), ("attn_logit_softcapping", null), ("clip_qkv", null), ("use_qk_norm", false), ("qk_layernorm", false),
        ("use_parallel_residual", false), ("alibi", false), ("no_rope_layers", null), ("num_experts", null), ("num_local_experts", null),
        ("attn_scale", 1), ("quantization_config", null),
    ];

    /// <exception cref="DasException">A key has a value that this decoder does not compute with.</exception>
    public static void ThrowIfForeign(ConfigFile config)
    {
        string family = config.Text("model_type") ?? "llama";
        if (!Families.Contains(family)) throw Foreign(config, "model_type", string.Join(", ", Families));
        if (config.Text("hidden_act") is not (null or "silu" or "swish")) throw Foreign(config, "hidden_act", "silu");
        if (config.Value<int>("head_dim") is { } width && config.Required<int>("num_attention_heads") is var heads
            && (long)width * heads != config.Required<int>("hidden_size"))
            throw Foreign(config, "head_dim", $"hidden_size over num_attention_heads, {config.Required<int>("hidden_size")} / {heads},");
        if (config.Value<int>("sliding_window") is { } window && config.Value<bool>("use_sliding_window") != false
            && window < (config.Value<int>("max_position_embeddings") ?? int.MaxValue))
            throw Foreign(config, "sliding_window", "null, or at least max_position_embeddings,");
        if (config["layer_types"] is JsonArray kinds && kinds.Any(kind => kind?.ToString() != "full_attention"))
            throw Foreign(config, "layer_types", "full_attention everywhere");
        foreach ((string key, JsonNode? ours) in Fixed)
            if (config[key] is { } value && !IsEqual(value, ours)) throw Foreign(config, key, ours?.ToJsonString() ?? "null");
        foreach (string key in config.Keys.Where(key => key.EndsWith("_multiplier", StringComparison.Ordinal)))
            if (config[key] is { } value && !IsEqual(value, 1)) throw Foreign(config, key, "1");
        foreach (string key in (string[])["rope_scaling", "rope_parameters"])
            if (config[key] is { } scaling && !ScalesNothing(config, key)) throw Foreign(config, key, "one that scales no rotary positions");
    }

    /// <summary>Rotary positions as they are, whatever is written about them.</summary>
    private static bool ScalesNothing(ConfigFile config, string key)
    {
        if (config.Section(key) is not { } scaling || scaling.Keys.Any(k => scaling[k] is JsonObject)) return false;
        bool whole = scaling["partial_rotary_factor"] is not { } part || IsEqual(part, 1);
        return whole && (scaling.Text("rope_type") ?? scaling.Text("type")) switch
        {
            null or "default" => true,
            "linear" => scaling["factor"] is { } factor && IsEqual(factor, 1),
            _ => false,
        };
    }

    private static bool IsEqual(JsonNode value, JsonNode? ours) => value is JsonValue given && ours is JsonValue own
        && (given.TryGetValue(out double number) && own.TryGetValue(out int whole) ? number == whole
            : given.TryGetValue(out bool flag) && own.TryGetValue(out bool expected) && flag == expected);

    private static DasException Foreign(ConfigFile config, string key, string expected) => new(ErrorKind.Checkpoint,
        $"'{config.Path}' has {key} {ConfigFile.Shown(config[key]!)}, where {expected} is expected, so its weights are those of another network than the LLaMA "
        + "that is computed here: give a LLaMA or a LLaVA without it.");
}
