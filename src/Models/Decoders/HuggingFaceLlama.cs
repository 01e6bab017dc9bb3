namespace Das.Models.Decoders;

/// <summary>
/// A LLaMA or a LLaVA as Hugging Face's libraries save it, under Meta's names, and its queries' and keys' rows in the interleaved order of their
/// rotation (method §5.1, §9.5).
/// </summary>
internal static class HuggingFaceLlama
{
    private const string Decoder = "model.", Layer = $"{Decoder}layers.", Weight = ".weight";

    private static readonly (string HuggingFace, string Meta)[] Names =
    [
        ("embed_tokens", "tok_embeddings"), ("lm_head", "output"), ("input_layernorm", "attention_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_proj", "attention.wq"), ("self_attn.k_proj", "attention.wk"), ("self_attn.v_proj", "attention.wv"), ("self_attn.o_proj", "attention.wo"),
        ("self_attn.rotary_emb", "attention.rotary_emb"), ("mlp.gate_proj", "feed_forward.w1"), ("mlp.down_proj", "feed_forward.w2"),
            ("mlp.up_proj", "feed_forward.w3"),
    ];

    /// <summary>A model without a LLaMA's layers stays as it is.</summary>
    /// <exception cref="DasException">The sizes are missing or do not fit the tensors.</exception>
    public static HuggingFaceModel Renamed(HuggingFaceModel model)
    {
        if (!model.Tensors.Keys.Any(name => name.StartsWith(Layer, StringComparison.Ordinal))) return model;
        ConfigFile config = ConfigFile.Read(model.ConfigPath);
        OrderedDictionary<string, StoredTensor> tensors =
            new(model.Tensors.Select(t => KeyValuePair.Create(MetaName(t.Key), Interleaved(t.Key, t.Value, config))));
        if (config.Value<bool>("tie_word_embeddings") == true && tensors.TryGetValue("tok_embeddings.weight", out StoredTensor? table))
            tensors.TryAdd("output.weight", table);
        return model with { Tensors = tensors, Metadata = Metadata(tensors, config) };
    }

    private static string MetaName(string name)
    {
        string own = name.StartsWith(Decoder, StringComparison.Ordinal) ? name[Decoder.Length..] : name;
        foreach ((string huggingFace, string meta) in Names)
            if (own.StartsWith(huggingFace + ".", StringComparison.Ordinal) || own.Contains($".{huggingFace}."))
                return own.Replace(huggingFace, meta);
        return own;
    }

    /// <summary>A head's rows are the first and then the second elements of its planes; Meta has the two of each plane beside each other.</summary>
    private static StoredTensor Interleaved(string name, StoredTensor stored, ConfigFile config)
    {
        int? heads = name.EndsWith(".self_attn.q_proj" + Weight, StringComparison.Ordinal) ? config.Required<int>("num_attention_heads")
            : name.EndsWith(".self_attn.k_proj" + Weight, StringComparison.Ordinal) ? config.Value<int>("num_key_value_heads")
                ?? config.Required<int>("num_attention_heads")
            : null;
        if (heads is not { } count) return stored;
        if (stored.Shape.Length != 2 || count <= 0 || stored.Shape[0] % (2 * count) != 0)
            throw new DasException(ErrorKind.Checkpoint, $"'{name}' of shape {TensorMemory.Text(stored.Shape)} cannot be cut into the {count} heads that "
                + $"'{config.Path}' says: give the config.json of these weights.");
        return stored with
        {
            Read = () =>
            {
                using Tensor rows = stored.Read(), halves = rows.view(count, 2, stored.Shape[0] / count / 2, stored.Shape[1]),
                    pairs = halves.transpose(1, 2);
                return pairs.reshape(stored.Shape);
            },
        };
    }

    private static IReadOnlyDictionary<string, string> Metadata(OrderedDictionary<string, StoredTensor> tensors, ConfigFile config)
    {
        ConfigFile? rotary = config.Section("rope_parameters");
        JsonNode? scaling = config["rope_scaling"] ?? (rotary?["rope_type"]?.ToString() is not (null or "default") ? config["rope_parameters"] : null);
        if (scaling is not null)
            throw new DasException(ErrorKind.Checkpoint,
                $"'{config.Path}' scales its rotary positions ({scaling.ToJsonString()}), which is not supported: give a LLaMA "
                + "without rope_scaling.");
        return LlamaMetadata.Of(tensors,
            (nameof(LlamaConfig.Dim), config.Required<int>("hidden_size")),
            (nameof(LlamaConfig.Layers), config.Required<int>("num_hidden_layers")),
            (nameof(LlamaConfig.Heads), config.Required<int>("num_attention_heads")),
            (nameof(LlamaConfig.KvHeads), config.Value<int>("num_key_value_heads")),
            (nameof(LlamaConfig.NormEps), config.Value<double>("rms_norm_eps")),
            (nameof(LlamaConfig.RopeTheta), config.Value<double>("rope_theta") ?? rotary?.Value<double>("rope_theta")),
            (nameof(LlamaConfig.MaxLength), LlamaMetadata.Positions(config.Value<int>("max_position_embeddings"))),
            (nameof(LlavaConfig.ClipWidth), config.Value<int>("mm_hidden_size")),
            (nameof(LlavaConfig.SelectLayer), config.Value<int>("mm_vision_select_layer")),
            (nameof(LlavaConfig.SelectFeature), config["mm_vision_select_feature"]?.DeepClone()),
            (nameof(LlavaConfig.Projector), config["mm_projector_type"]?.DeepClone()));
    }
}
