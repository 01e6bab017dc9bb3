namespace Das.Models.Decoders;

/// <summary>
/// A decoder of <see cref="DecoderFamily"/> or a LLaVA as Hugging Face's libraries save it, under Meta's names, and its queries' and keys' rows in the
/// interleaved order of their rotation (method §5.1, §9.5).
/// </summary>
internal static class HuggingFaceLlama
{
    private const string Decoder = "model.", Layer = $"{Decoder}layers.", Weight = ".weight", Table = "tok_embeddings.weight", Output = "output.weight";

    /// <summary>The section of an exported model's <c>config.json</c> that says all of it, and the key of the skipped layers there.</summary>
    internal const string Own = "das", SkipModule = "skipModule";

    private static readonly string[] Rotated = ["wq", "wk", "q_norm", "k_norm"];

    private static readonly (string HuggingFace, string Meta)[] Names =
    [
        ("embed_tokens", "tok_embeddings"), ("lm_head", "output"), ("input_layernorm", "attention_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_proj", "attention.wq"), ("self_attn.k_proj", "attention.wk"), ("self_attn.v_proj", "attention.wv"), ("self_attn.o_proj", "attention.wo"),
        ("self_attn.q_norm", "attention.q_norm"), ("self_attn.k_norm", "attention.k_norm"), ("self_attn.rotary_emb", "attention.rotary_emb"),
        ("mlp.gate_proj", "feed_forward.w1"), ("mlp.down_proj", "feed_forward.w2"),
        ("mlp.up_proj", "feed_forward.w3"),
    ];

    /// <summary>A model without a LLaMA's layers stays as it is.</summary>
    /// <exception cref="DasException">The sizes are missing or do not fit the tensors.</exception>
    public static HuggingFaceModel Renamed(HuggingFaceModel model)
    {
        if (!model.Tensors.Keys.Any(name => name.StartsWith(Layer, StringComparison.Ordinal))) return model;
        ConfigFile whole = model.Config(), config = whole.Section("text_config") ?? whole;
        if (whole.Section(Own) is { } own)
        {
            OrderedDictionary<string, StoredTensor> exported = Renamed(model.Tensors, whole);
            return model with { Tensors = exported, Metadata = OwnMetadata(own, whole, exported) };
        }
        DecoderFamily family = DecoderFamily.Of(config);
        HuggingFaceKeys.ThrowIfForeign(config, family);
        OrderedDictionary<string, StoredTensor> tensors = Renamed(model.Tensors, config);
        bool tied = (config.Value<bool>("tie_word_embeddings") ?? whole.Value<bool>("tie_word_embeddings") ?? family.TiesOutput)
            && tensors.ContainsKey(Table);
        if (tied && tensors.Remove(Output, out StoredTensor? output)) tensors[Table] = Tied(whole.Path, output, tensors[Table]);
        return model with { Tensors = tensors, Metadata = Metadata(tensors, config, whole, family, tied) };
    }

    /// <summary>Hugging Face's name of a tensor of ours; adapters keep theirs.</summary>
    internal static string TheirName(string name)
    {
        string renamed = name;
        foreach ((string huggingFace, string meta) in Names)
            if (name.StartsWith(meta + ".", StringComparison.Ordinal) || name.Contains($".{meta}.", StringComparison.Ordinal))
                renamed = name.Replace(meta + ".", huggingFace + ".", StringComparison.Ordinal);
        return name == Output ? renamed : Decoder + renamed;
    }

    /// <summary>Rows of queries and keys in Hugging Face's order; other tensors as they are.</summary>
    /// <param name="name">Ours.</param>
    /// <param name="stored">In our order.</param>
    /// <param name="headSize">Width of a head.</param>
    internal static Tensor InHalves(string name, Tensor stored, int headSize)
    {
        if (!Rotated.Any(part => name.Contains($".attention.{part}.", StringComparison.Ordinal))) return stored;
        using Tensor pairs = stored.view([-1, headSize / 2, 2, .. stored.shape[1..]]), halves = pairs.transpose(1, 2);
        return halves.reshape(stored.shape);
    }

    private static OrderedDictionary<string, StoredTensor> Renamed(OrderedDictionary<string, StoredTensor> tensors, ConfigFile config) =>
        new(tensors.Select(t => KeyValuePair.Create(MetaName(t.Key), Interleaved(t.Key, t.Value, config))));

    /// <summary>What an exported model says of itself.</summary>
    /// <exception cref="DasException">Its heads are not those beside it, by which rows are ordered, or its layers not those that it says.</exception>
    private static Dictionary<string, string> OwnMetadata(ConfigFile own, ConfigFile whole, OrderedDictionary<string, StoredTensor> tensors)
    {
        int heads = own.Required<int>("heads");
        foreach ((string key, int count) in new[] { ("num_attention_heads", heads), ("num_key_value_heads", own.Value<int>("kvHeads") ?? heads) })
            if (whole.Required<int>(key) != count) throw HuggingFaceKeys.Foreign(whole, key, $"{count}, which {Own} says,");
        int layers = Math.Clamp(own.Required<int>("layers"), 0, ModelBounds.Layers);
        int[] skipped = [.. Enumerable.Range(0, layers).Where(layer => !tensors.ContainsKey($"layers.{layer}.attention.wq.weight"))];
        JsonNode mask = JsonSerializer.SerializeToNode(skipped)!;
        if (!JsonNode.DeepEquals(own[SkipModule], mask))
            throw new DasException(ErrorKind.Checkpoint, $"'{whole.Path}' gives {Own}.{SkipModule} as {own[SkipModule]?.ToJsonString() ?? "nothing"}, and its "
                + $"weights are without the layers {mask.ToJsonString()}: export the run again.");
        JsonObject config = own.Copy();
        config.Remove(SkipModule);
        return new() { [Checkpoint.ConfigKey] = config.ToJsonString(), [Checkpoint.SkipModuleKey] = SkipMask.Of(skipped).ToString() };
    }

    /// <summary>A token table that is said to be the output, which stands in the file as well.</summary>
    private static StoredTensor Tied(string path, StoredTensor own, StoredTensor table) => table with
    {
        Read = () =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor output = own.Read(), tokens = table.Read();
            if (output.shape.SequenceEqual(tokens.shape) && output.eq(tokens).all().item<bool>()) return tokens.MoveToOuterDisposeScope();
            throw new DasException(ErrorKind.Checkpoint, $"'{path}' has tie_word_embeddings true, and lm_head.weight beside it differs from "
                + "embed_tokens.weight: say false where the model has an output of its own, or remove lm_head.weight.");
        },
    };

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
        bool IsOf(string part) => name.Contains($".self_attn.{part}.", StringComparison.Ordinal);
        int? heads = IsOf("q_proj") ? config.Required<int>("num_attention_heads")
            : IsOf("k_proj") ? config.Value<int>("num_key_value_heads") ?? config.Required<int>("num_attention_heads")
            : IsOf("q_norm") || IsOf("k_norm") ? 1
            : null;
        if (heads is not { } count) return stored;
        if (stored.Shape.Length is 0 or > 2 || count <= 0 || stored.Shape[0] % (2L * count) != 0)
            throw new DasException(ErrorKind.Checkpoint, $"'{name}' of shape {TensorMemory.Text(stored.Shape)} cannot be cut into the {count} heads that "
                + $"'{config.Path}' says: give the config.json of these weights.");
        return stored with
        {
            Read = () =>
            {
                using Tensor rows = stored.Read(), halves = rows.view([count, 2, stored.Shape[0] / count / 2, .. stored.Shape[1..]]),
                    pairs = halves.transpose(1, 2);
                return pairs.reshape(stored.Shape);
            },
        };
    }

    private static IReadOnlyDictionary<string, string> Metadata(OrderedDictionary<string, StoredTensor> tensors, ConfigFile config, ConfigFile whole,
        DecoderFamily family, bool tied) => LlamaMetadata.Of(tensors,
        [
            (nameof(LlamaConfig.Dim), config.Required<int>("hidden_size")),
            (nameof(LlamaConfig.Layers), config.Required<int>("num_hidden_layers")),
            (nameof(LlamaConfig.Heads), config.Required<int>("num_attention_heads")),
            (nameof(LlamaConfig.KvHeads), config.Value<int>("num_key_value_heads")),
            (nameof(LlamaConfig.NormEps), config.Value<double>("rms_norm_eps")),
            (nameof(LlamaConfig.MaxLength), LlamaMetadata.Positions(config.Value<int>("max_position_embeddings"))),
            (nameof(LlavaConfig.ClipWidth), whole.Value<int>("mm_hidden_size") ?? whole.Section("vision_config")?.Value<int>("hidden_size")),
            (nameof(LlavaConfig.SelectLayer), whole.Value<int>("mm_vision_select_layer") ?? whole.Value<int>("vision_feature_layer")),
            (nameof(LlavaConfig.SelectFeature), whole.Text("mm_vision_select_feature") ?? SelectStrategy(whole.Text("vision_feature_select_strategy"))),
            (nameof(LlavaConfig.Projector), whole.Text("mm_projector_type")),
            (nameof(LlamaConfig.TiedOutput), tied ? true : null),
            .. family.Values(config),
        ]);

    /// <summary>What <c>transformers</c> calls the tower's tokens that the decoder reads.</summary>
    private static string? SelectStrategy(string? strategy) => strategy switch
    {
        "default" => "patch",
        "full" => "cls_patch",
        _ => strategy,
    };
}
