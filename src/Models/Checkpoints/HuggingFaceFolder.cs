using static Das.Models.Checkpoints.LlamaStatement;

namespace Das.Models.Checkpoints;

/// <summary>
/// A model as Hugging Face's libraries save it: <c>model.safetensors</c> or <c>pytorch_model.bin</c>, or several of them with an index.
/// A LLaMA among them is given Meta's names, and its queries' and keys' rows the interleaved order of their rotation (method §5.1, §9.5); an
/// image tower of CLIP's OpenAI's names.
/// </summary>
internal static class HuggingFaceFolder
{
    private const string Decoder = "model.", Layer = $"{Decoder}layers.", Sizes = "config.json", Weight = ".weight";

    private static readonly string[] Layouts = ["model.safetensors", "pytorch_model.bin"];

    private static readonly (string Theirs, string Metas)[] Names =
    [
        ("embed_tokens", "tok_embeddings"), ("lm_head", "output"), ("input_layernorm", "attention_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_proj", "attention.wq"), ("self_attn.k_proj", "attention.wk"), ("self_attn.v_proj", "attention.wv"), ("self_attn.o_proj", "attention.wo"),
        ("self_attn.rotary_emb", "attention.rotary_emb"), ("mlp.gate_proj", "feed_forward.w1"), ("mlp.down_proj", "feed_forward.w2"),
            ("mlp.up_proj", "feed_forward.w3"),
    ];

    /// <exception cref="DasException">The folder holds no weights of this layout, or its index names others.</exception>
    public static IReadOnlyList<string> Files(string folder)
    {
        string sizes = Path.Combine(folder, Sizes);
        return [.. File.Exists(sizes) ? [sizes] : Array.Empty<string>(), .. Parts(folder)];
    }

    /// <exception cref="DasException">A file is missing, damaged or says nothing of what is needed.</exception>
    public static Checkpoint Open(string folder) => JoinedCheckpoint.Open(Parts(folder), parts =>
    {
        bool llama = parts.Any(part => part.Names.Any(name => name.StartsWith(Layer, StringComparison.Ordinal)));
        string file = Path.Combine(folder, Sizes);
        JsonObject? sizes = llama ? Read(file) : null;
        OrderedDictionary<string, StoredTensor> given = [];
        foreach (Checkpoint part in parts)
            foreach (string name in part.Names)
                if (!given.TryAdd(name, part.Find(name)))
                    throw new DasException(ErrorKind.Checkpoint, $"'{part.Path}' holds '{name}', which another file of '{folder}' holds too: download them again.");
        OrderedDictionary<string, StoredTensor> tensors = HuggingFaceClip.Renamed(given);
        if (sizes is not null) tensors = new(tensors.Select(t => KeyValuePair.Create(MetasName(t.Key), Interleaved(t.Key, t.Value, sizes, file))));
        if (sizes is not null && Value<bool>(sizes, file, "tie_word_embeddings") == true
            && tensors.TryGetValue("tok_embeddings.weight", out StoredTensor? table)) tensors.TryAdd("output.weight", table);
        return new JoinedCheckpoint(folder, parts, tensors, sizes is null ? parts[0].Metadata : Statement(tensors, sizes, file));
    });

    private static IReadOnlyList<string> Parts(string folder)
    {
        foreach (string whole in Layouts)
        {
            string index = Path.Combine(folder, whole + ".index.json"), alone = Path.Combine(folder, whole);
            if (File.Exists(index)) return Indexed(folder, index);
            if (File.Exists(alone)) return [alone];
        }
        throw new DasException(ErrorKind.Checkpoint, $"'{folder}' holds no weights of a known layout: params.json with consolidated.00.pth, or "
            + $"{string.Join(" or ", Layouts)}, whole or in parts with an index, was expected.");
    }

    private static string[] Indexed(string folder, string index)
    {
        if (Read(index)["weight_map"] is not JsonObject { Count: > 0 } map)
            throw new DasException(ErrorKind.Checkpoint, $"'{index}' has no weight_map: names of tensors and their files were expected; download it again.");
        string[] files = [.. map.Select(entry => entry.Value?.ToString() ?? "").Distinct().Order(StringComparer.Ordinal)];
        foreach (string file in files)
            if (file.Length == 0 || file != Path.GetFileName(file) || !File.Exists(Path.Combine(folder, file)))
                throw new DasException(ErrorKind.Checkpoint, $"'{index}' names the file '{file}', which is not beside it: download all parts of the model.");
        return [.. files.Select(file => Path.Combine(folder, file))];
    }

    private static string MetasName(string name)
    {
        string own = name.StartsWith(Decoder, StringComparison.Ordinal) ? name[Decoder.Length..] : name;
        foreach ((string theirs, string metas) in Names)
            if (own.StartsWith(theirs + ".", StringComparison.Ordinal) || own.Contains($".{theirs}.", StringComparison.Ordinal))
                return own.Replace(theirs, metas, StringComparison.Ordinal);
        return own;
    }

    /// <summary>A head's rows are the first and then the second elements of its planes; Meta has the two of each plane beside each other.</summary>
    private static StoredTensor Interleaved(string name, StoredTensor stored, JsonObject sizes, string file)
    {
        int? heads = name.EndsWith(".self_attn.q_proj" + Weight, StringComparison.Ordinal) ? Required<int>(sizes, file, "num_attention_heads")
            : name.EndsWith(".self_attn.k_proj" + Weight, StringComparison.Ordinal) ? Value<int>(sizes, file, "num_key_value_heads")
                ?? Required<int>(sizes, file, "num_attention_heads")
            : null;
        if (heads is not { } count) return stored;
        if (stored.Shape.Length != 2 || count <= 0 || stored.Shape[0] % (2 * count) != 0)
            throw new DasException(ErrorKind.Checkpoint, $"'{name}' of shape {TensorMemory.Text(stored.Shape)} cannot be cut into the {count} heads that '{file}' says: "
                + "give the config.json of these weights.");
        return stored with
        {
            Read = () =>
            {
                using Tensor theirs = stored.Read(), halves = theirs.view(count, 2, stored.Shape[0] / count / 2, stored.Shape[1]),
                    pairs = halves.transpose(1, 2);
                return pairs.reshape(stored.Shape);
            },
        };
    }

    private static IReadOnlyDictionary<string, string> Statement(OrderedDictionary<string, StoredTensor> tensors, JsonObject sizes, string file)
    {
        JsonObject? rotary = sizes["rope_parameters"] as JsonObject;
        JsonNode? scaling = sizes["rope_scaling"] ?? (rotary?["rope_type"]?.ToString() is not (null or "default") ? rotary : null);
        if (scaling is not null)
            throw new DasException(ErrorKind.Checkpoint, $"'{file}' scales its rotary positions ({scaling.ToJsonString()}), which is not supported: give a LLaMA without "
                + "rope_scaling.");
        return Of(tensors,
            (nameof(LlamaConfig.Dim), Required<int>(sizes, file, "hidden_size")),
            (nameof(LlamaConfig.Layers), Required<int>(sizes, file, "num_hidden_layers")),
            (nameof(LlamaConfig.Heads), Required<int>(sizes, file, "num_attention_heads")),
            (nameof(LlamaConfig.KvHeads), Value<int>(sizes, file, "num_key_value_heads")),
            (nameof(LlamaConfig.NormEps), Value<double>(sizes, file, "rms_norm_eps")),
            (nameof(LlamaConfig.RopeTheta), Value<double>(sizes, file, "rope_theta") ?? (rotary is null ? null : Value<double>(rotary, file, "rope_theta"))),
            (nameof(LlamaConfig.MaxLength), Positions(Value<int>(sizes, file, "max_position_embeddings"))),
            (nameof(LlavaConfig.ClipWidth), Value<int>(sizes, file, "mm_hidden_size")),
            (nameof(LlavaConfig.SelectLayer), Value<int>(sizes, file, "mm_vision_select_layer")),
            (nameof(LlavaConfig.SelectFeature), sizes["mm_vision_select_feature"]?.DeepClone()),
            (nameof(LlavaConfig.Projector), sizes["mm_projector_type"]?.DeepClone()));
    }
}
