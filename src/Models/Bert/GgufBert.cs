namespace Das.Models.Bert;

/// <summary>
/// A BERT in a GGUF file (architecture <c>bert</c> of llama.cpp's <c>convert_hf_to_gguf.py</c>) as Hugging Face's library would save it, without a
/// pooler. Quantised matrices are unpacked while they are read.
/// </summary>
internal static class GgufBert
{
    private const string Architecture = "bert", Layer = "blk.", Weight = ".weight", Bias = ".bias";

    /// <summary>Keys that say a size, or what is done with the last hidden states, which is not done here.</summary>
    private static readonly string[] Read =
    [
        "block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
        "attention.layer_norm_epsilon", "attention.causal", "pooling_type", "vocab_size",
    ];

    private static readonly (string Gguf, string HuggingFace, bool HasBias)[] Outer =
    [
        ("token_embd", "embeddings.word_embeddings", false), ("position_embd", "embeddings.position_embeddings", false),
        ("token_types", "embeddings.token_type_embeddings", false), ("token_embd_norm", "embeddings.LayerNorm", true),
    ];

    private static readonly (string Gguf, string HuggingFace)[] InLayers =
    [
        ("attn_q", "attention.self.query"), ("attn_k", "attention.self.key"), ("attn_v", "attention.self.value"),
        ("attn_output", "attention.output.dense"), ("attn_output_norm", "attention.output.LayerNorm"),
        ("ffn_up", "intermediate.dense"), ("ffn_down", "output.dense"), ("layer_output_norm", "output.LayerNorm"),
    ];

    /// <summary>Null for a file of another format or architecture.</summary>
    /// <exception cref="DasException">It is damaged, or no BERT that is computed here.</exception>
    public static Checkpoint? Open(BoundedFile file)
    {
        if (!GgufFile.Is(file)) return null;
        GgufFile gguf = new(file);
        if (gguf.Text("general.architecture") != Architecture) return null;
        HuggingFaceModel model = HuggingFaceBert.Stated(Model(gguf));
        return new ShardedCheckpoint(file.Path, [gguf], model.Tensors, model.Metadata);
    }

    private static HuggingFaceModel Model(GgufFile file)
    {
        string Key(string name) => $"{Architecture}.{name}";
        int Size(string name, int most) => (int)(file.Whole(Key(name), 1, most) ?? throw file.Broken($"it does not say {Key(name)}"));

        foreach (string key in file.Keys.Where(key => key.StartsWith(Architecture + ".", StringComparison.Ordinal)))
            if (!Read.Contains(key[(Architecture.Length + 1)..]))
                throw file.Broken($"its {key} is {GgufFile.Shown(file.Value(key)!)}, a key that no {Architecture} has that is computed here");
        if (file.Flag(Key("attention.causal")) is true) throw file.Broken($"its {Key("attention.causal")} is true, where false is expected");
        if (file.Text("tokenizer.ggml.model") is { } tokenizer && tokenizer != Architecture)
            throw file.Broken($"its tokenizer.ggml.model is {GgufFile.Shown(tokenizer)}, where {Architecture} is expected: others count positions in another "
                + "way");
        int layers = Size("block_count", ModelBounds.Layers);
        Dictionary<string, string> names = Names(layers);
        if (names.Keys.FirstOrDefault(name => !file.Contains(name)) is { } missing) throw file.Broken($"it has no tensor '{missing}'");
        if (file.Names.FirstOrDefault(name => name.StartsWith(Layer, StringComparison.Ordinal) && !names.ContainsKey(name)) is { } foreign)
            throw file.Broken($"it has the tensor '{foreign}', which no {Architecture} of {layers} layers has that is computed here");
        OrderedDictionary<string, StoredTensor> tensors = new(file.Names.Select(name => KeyValuePair.Create(names.GetValueOrDefault(name, name),
            file.Find(name))));
        int Rows(string name) => file.Shape(name) is [> 0 and <= ModelBounds.Tokens and var rows, _] ? (int)rows
            : throw file.Broken($"'{name}' has the shape {TensorMemory.Text([.. file.Shape(name)])}, where rows of numbers are expected");
        JsonObject config = new()
        {
            ["model_type"] = Architecture,
            ["hidden_size"] = Size("embedding_length", ModelBounds.Width),
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = Size("attention.head_count", ModelBounds.Heads),
            ["intermediate_size"] = Size("feed_forward_length", ModelBounds.Inner),
            ["vocab_size"] = Rows("token_embd.weight"),
            ["max_position_embeddings"] = Rows("position_embd.weight"),
            ["type_vocab_size"] = Rows("token_types.weight"),
            ["layer_norm_eps"] = file.Real(Key("attention.layer_norm_epsilon"))
                ?? throw file.Broken($"it does not say {Key("attention.layer_norm_epsilon")}"),
        };
        if (file.Whole(Key("attention.head_count_kv"), 1, ModelBounds.Heads) is { } kv && kv != (int)config["num_attention_heads"]!)
            throw file.Broken($"its {Key("attention.head_count_kv")} is {kv}, where the head_count is expected");
        return new(file.Path, tensors, new Dictionary<string, string>()) { Stated = new(file.Path, config) };
    }

    /// <summary>GGUF's names and Hugging Face's, of tensors that every BERT has.</summary>
    private static Dictionary<string, string> Names(int layers)
    {
        Dictionary<string, string> names = [];
        foreach ((string gguf, string huggingFace, bool biased) in Outer.Concat(Enumerable.Range(0, layers).SelectMany(layer =>
            InLayers.Select(part => ($"{Layer}{layer}.{part.Gguf}", $"encoder.layer.{layer}.{part.HuggingFace}", true)))))
        {
            names.Add(gguf + Weight, huggingFace + Weight);
            if (biased) names.Add(gguf + Bias, huggingFace + Bias);
        }
        return names;
    }
}
