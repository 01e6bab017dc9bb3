namespace Das.Tests.Checkpoints;

/// <summary>Our names and tensors as Hugging Face's libraries would write them.</summary>
internal static class HuggingFaceLayout
{
    private static readonly (string Own, string Theirs)[] Decoder =
    [
        ("attention_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm"), ("attention.wq", "self_attn.q_proj"),
            ("attention.wk", "self_attn.k_proj"), ("attention.wv", "self_attn.v_proj"),
        ("attention.wo", "self_attn.o_proj"), ("feed_forward.w1", "mlp.gate_proj"), ("feed_forward.w2", "mlp.down_proj"), ("feed_forward.w3", "mlp.up_proj"),
            ("tok_embeddings", "embed_tokens"),
    ];

    private static readonly (string Own, string Theirs)[] Tower =
    [
        ("visual.", "vision_model."), ("class_embedding", "embeddings.class_embedding"), ("positional_embedding", "embeddings.position_embedding.weight"),
            ("conv1", "embeddings.patch_embedding"),
        ("ln_pre", "pre_layrnorm"), ("ln_post", "post_layernorm"), ("transformer.resblocks", "encoder.layers"), (".attn.", ".self_attn."),
            ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
        ("c_fc", "fc1"), ("c_proj", "fc2"),
    ];

    /// <summary>A decoder's and its tower's tensors under their names; queries' and keys' rows in halves, packed matrices apart.</summary>
    public static IEnumerable<(string Name, Tensor Value)> Of(IEnumerable<KeyValuePair<string, Tensor>> own, int headSize) =>
        own.SelectMany(tensor => Theirs(tensor.Key, tensor.Value, headSize));

    /// <summary>A folder of one file and its sizes.</summary>
    public static void Write(string folder, IEnumerable<(string Name, Tensor Value)> tensors, string sizes)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors, new Dictionary<string, string>());
        File.WriteAllBytes(Path.Combine(folder, "config.json"), Encoding.UTF8.GetBytes(sizes));
    }

    private static IEnumerable<(string, Tensor)> Theirs(string name, Tensor value, int headSize)
    {
        if (name.Contains("visual."))
        {
            string tower = Tower.Aggregate(name, (n, pair) => n.Replace(pair.Own, pair.Theirs));
            string prefix = name.StartsWith("visual.") ? "" : "model.";
            return name.Contains("in_proj_")
                ? ((string[])["q_proj.", "k_proj.", "v_proj."]).Zip(value.chunk(3, 0), (part, matrix) =>
                    (prefix + tower.Replace("in_proj_", part), matrix))
                : [(prefix + tower, value)];
        }
        if (name == "output.weight") return [("lm_head.weight", value)];
        bool rotated = name.EndsWith(".wq.weight") || name.EndsWith(".wk.weight");
        return [("model." + Decoder.Aggregate(name, (n, pair) => n.Replace(pair.Own + ".", pair.Theirs + ".")),
            rotated ? value.view(-1, headSize / 2, 2, value.shape[1]).transpose(1, 2).reshape(value.shape) : value)];
    }
}
