namespace Das.Models.Decoders;

/// <summary>Sizes that a decoder's GGUF file says, compared with its tensors' shapes one by one.</summary>
/// <param name="Rows">Of the token table.</param>
/// <param name="Width">D.</param>
/// <param name="Layers">Of which there are tensors.</param>
/// <param name="Heads">Of queries.</param>
/// <param name="KvHeads">Of keys and values.</param>
/// <param name="HeadSize">Even.</param>
/// <param name="Inner">Of the feed-forward network.</param>
internal sealed record GgufSizes(long Rows, int Width, int Layers, int Heads, int KvHeads, int HeadSize, int Inner)
{
    /// <param name="file">The file.</param>
    /// <param name="architecture">Its name, with which the keys begin.</param>
    /// <param name="layers">As many as there are tensors of.</param>
    /// <exception cref="DasException">A size is missing, impossible or not that of the tensors.</exception>
    public static GgufSizes Of(GgufFile file, string architecture, int layers)
    {
        int Size(string key, int most, int? otherwise = null) => (int)(file.Whole($"{architecture}.{key}", 1, most) ?? otherwise
            ?? throw file.Broken($"it does not say {architecture}.{key}"));

        int width = Size("embedding_length", ModelBounds.Width), heads = Size("attention.head_count", ModelBounds.Heads);
        int kvHeads = Size("attention.head_count_kv", ModelBounds.Heads, heads), size = Size("attention.key_length", ModelBounds.Width, width / heads);
        if (heads % kvHeads != 0) throw file.Broken($"its {architecture}.attention.head_count_kv {kvHeads} does not divide the head_count {heads}");
        if (size < 2 || size % 2 != 0) throw file.Broken($"its heads are {size} wide, where an even number is expected ({width} in {heads} heads)");
        string blocks = $"{architecture}.block_count";
        long stated = file.Whole(blocks, 0, long.MaxValue) ?? throw file.Broken($"it does not say {blocks}");
        if (stated != layers) throw file.Broken($"its {blocks} is {stated}, and it has tensors of {layers} layers");
        return new(TableRows(file, architecture), width, layers, heads, kvHeads, size, Size("feed_forward_length", ModelBounds.Inner));
    }

    /// <summary>The token table's, which its tokenizer must have, too.</summary>
    private static long TableRows(GgufFile file, string architecture)
    {
        const string table = "token_embd.weight";
        if (!file.Contains(table) || file.Shape(table) is not [> 0 and <= ModelBounds.Tokens and var rows, _])
            throw file.Broken($"it has no tensor '{table}' with a row for each of up to {ModelBounds.Tokens} tokens");
        if (file.Count(GgufVocabulary.TokensKey) is { } tokens && tokens != rows)
            throw file.Broken($"its {GgufVocabulary.TokensKey} are {tokens} tokens, and the token table '{table}' has {rows} rows");
        string stated = $"{architecture}.vocab_size";
        return file.Whole(stated, 0, long.MaxValue) is not { } size || size == rows ? rows
            : throw file.Broken($"its {stated} is {size}, and the token table '{table}' has {rows} rows");
    }
}

/// <summary>A decoder's metadata in a GGUF file as the <c>config.json</c> that says the same. A key that changes what is computed is refused by its name
/// unless it is one of those.</summary>
internal static class GgufConfig
{
    /// <summary>Keys that say a size or a constant, or how a model was trained.</summary>
    private static readonly string[] Read =
    [
        "context_length", "embedding_length", "block_count", "feed_forward_length", "vocab_size", "attention.head_count", "attention.head_count_kv",
        "attention.key_length", "attention.layer_norm_rms_epsilon", "rope.freq_base", "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear",
        "rope.scaling.original_context_length", "rope.scaling.finetuned", "tensor_data_layout",
    ];

    /// <param name="file">The file.</param>
    /// <param name="architecture">Its name, with which the keys begin.</param>
    /// <param name="sizes">Its sizes.</param>
    /// <param name="divisors">Of the rotary frequencies; null for none.</param>
    /// <exception cref="DasException">A key is missing, or has a value that is not computed with.</exception>
    public static ConfigFile Of(GgufFile file, string architecture, GgufSizes sizes, float[]? divisors)
    {
        string Key(string name) => $"{architecture}.{name}";

        ThrowIfForeign(file, architecture, sizes);
        JsonObject config = new()
        {
            ["model_type"] = architecture,
            ["hidden_size"] = sizes.Width,
            ["intermediate_size"] = sizes.Inner,
            ["num_hidden_layers"] = sizes.Layers,
            ["num_attention_heads"] = sizes.Heads,
            ["num_key_value_heads"] = sizes.KvHeads,
            ["head_dim"] = sizes.HeadSize,
            ["vocab_size"] = sizes.Rows,
            ["max_position_embeddings"] = file.Whole(Key("context_length"), 1, int.MaxValue),
            ["rms_norm_eps"] = file.Real(Key("attention.layer_norm_rms_epsilon")) is >= 0 and var epsilon ? epsilon
                : throw file.Broken($"it does not say {Key("attention.layer_norm_rms_epsilon")}"),
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = !file.Contains("output.weight"),
            ["rope_parameters"] = Rotation(file, architecture, divisors),
            ["bos_token_id"] = file.Whole("tokenizer.ggml.bos_token_id", 0, sizes.Rows - 1),
            ["eos_token_id"] = file.Whole("tokenizer.ggml.eos_token_id", 0, sizes.Rows - 1),
        };
        if (architecture == "llama")
            (config["attention_bias"], config["mlp_bias"]) = (file.Contains("blk.0.attn_q.bias"), file.Contains("blk.0.ffn_gate.bias"));
        return new(file.Path, JsonNode.Parse(config.ToJsonString())!.AsObject());
    }

    /// <summary>Frequencies of the rotation, and what they are divided by: nothing, one factor, or one divisor each. The last is Hugging Face's
    /// <c>longrope</c> with the same divisors at every length; what made them (<c>llama3</c>) does not stand in the file.</summary>
    private static JsonObject Rotation(GgufFile file, string architecture, float[]? divisors)
    {
        string type = $"{architecture}.rope.scaling.type", theta = $"{architecture}.rope.freq_base";
        string? scaling = file.Text(type);
        if (scaling is { } other && other is not ("none" or "linear"))
            throw file.Broken($"its {type} is {GgufFile.Shown(other)}, where none or linear is expected");
        double factor = scaling == "none" ? 1 : file.Real($"{architecture}.rope.scaling.factor") ?? file.Real($"{architecture}.rope.scale_linear") ?? 1;
        if (factor == 0) factor = 1; // llama.cpp: 0 is none
        double frequencies = file.Real(theta) ?? 10000;
        if (factor < 0 || frequencies <= 0) throw file.Broken($"its {theta} or rope.scaling.factor is not positive");
        if (divisors is not null && factor != 1) throw file.Broken("it has rope_freqs.weight and a rope.scaling.factor, where one of them is expected");
        JsonObject rotation = new() { ["rope_type"] = divisors is not null ? "longrope" : factor == 1 ? "default" : "linear", ["rope_theta"] = frequencies };
        if (divisors is null && factor != 1) rotation["factor"] = factor;
        if (divisors is null) return rotation;
        JsonArray each = [.. divisors.Select(divisor => JsonValue.Create(divisor))];
        (rotation["short_factor"], rotation["long_factor"], rotation["attention_factor"]) = (each, each.DeepClone(), 1);
        return rotation;
    }

    private static void ThrowIfForeign(GgufFile file, string architecture, GgufSizes sizes)
    {
        // Keys with the one value that they may have.
        Dictionary<string, object> known = new()
        {
            ["attention.value_length"] = sizes.HeadSize, ["rope.dimension_count"] = sizes.HeadSize, ["attention.causal"] = true, ["expert_count"] = 0,
            ["expert_used_count"] = 0, ["logit_scale"] = 1, ["attention.clamp_kqv"] = 0, ["attention.max_alibi_bias"] = 0, ["use_parallel_residual"] = false,
            ["attention.sliding_window"] = 0, ["rope.scaling.attn_factor"] = 1,
        };
        foreach (string key in file.Keys.Where(key => key.StartsWith(architecture + ".", StringComparison.Ordinal)))
        {
            string name = key[(architecture.Length + 1)..];
            if (Read.Contains(name)) continue;
            object value = file.Value(key)!;
            if (!known.TryGetValue(name, out object? ours))
                throw file.Broken($"its {key} is {GgufFile.Shown(value)}, a key that no {architecture} has that is computed here");
            if (value is Array || GgufFile.Shown(value) != GgufFile.Shown(ours))
                throw file.Broken($"its {key} is {GgufFile.Shown(value)}, where {GgufFile.Shown(ours)} is expected");
        }
    }
}
