namespace Das.Models.Decoders;

/// <summary>
/// Keys of a Hugging Face <c>config.json</c> that change what a decoder computes. Many architectures share LLaMA's names of tensors, so that their
/// weights would load and compute something else: a value that a family's decoder does not compute with is refused by its key.
/// </summary>
internal static class HuggingFaceKeys
{
    /// <summary>Keys with the one value that they may have beside null, in a family that does not read them.</summary>
    private static readonly (string Key, JsonNode? Ours)[] Fixed =
    [
        ("attention_bias", false), ("mlp_bias", false), ("qkv_bias", false), ("partial_rotary_factor", 1), ("rotary_pct", 1), ("logits_scaling", 1),
        ("logit_scale", 1), ("scale_emb", 1), ("scale_depth", null), ("attention_multiplier", null), ("query_pre_attn_scalar", null),
        ("final_logit_softcapping", null), ("attn_logit_softcapping", null), ("clip_qkv", null), ("use_qk_norm", false), ("qk_layernorm", false),
        ("use_parallel_residual", false), ("alibi", false), ("no_rope_layers", null), ("num_experts", null), ("num_local_experts", null),
        ("attn_scale", 1), ("quantization_config", null), ("is_causal", true), ("use_bidirectional_attention", false),
        ("rope_interleaved", false), ("use_mrope", false),
    ];

    /// <exception cref="DasException">A key has a value that this decoder does not compute with.</exception>
    public static void ThrowIfForeign(ConfigFile config, DecoderFamily family)
    {
        if (config.Text("hidden_act") is not (null or "silu" or "swish")) throw Foreign(config, "hidden_act", "silu");
        foreach ((string key, JsonNode? ours) in Fixed)
            if (!family.Reads.Contains(key) && config[key] is { } value && !IsEqual(value, ours)) throw Foreign(config, key, ours?.ToJsonString() ?? "null");
        foreach (string key in config.Keys.Where(key => key.EndsWith("_multiplier", StringComparison.Ordinal)))
            if (config[key] is { } value && !IsEqual(value, 1)) throw Foreign(config, key, "1");
    }

    public static bool IsEqual(JsonNode value, JsonNode? ours) => value is JsonValue given && ours is JsonValue own
        && (given.TryGetValue(out double number) && own.TryGetValue(out int whole) ? number == whole
            : given.TryGetValue(out bool flag) && own.TryGetValue(out bool expected) && flag == expected);

    /// <param name="config">Has the key.</param>
    /// <param name="key">Its name.</param>
    /// <param name="expected">What its value may be.</param>
    public static DasException Foreign(ConfigFile config, string key, string expected) => new(ErrorKind.Checkpoint,
        $"'{config.Path}' has {key} {ConfigFile.Shown(config[key]!)}, where {expected} is expected, so its weights are those of another network than is "
        + "computed here: give a model without it.");
}
