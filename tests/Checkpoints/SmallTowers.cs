using Das.Fuzz;

namespace Das.Tests.Checkpoints;

/// <summary>Pretrained towers of random weights, in the files that real ones are published in.</summary>
internal static class SmallTowers
{
    public const int D = 12, Heads = 3, Inner = 48, Patch = 4, Stored = 3, Layers = 2;

    public const string Config = """
        {"model_type": "dinov2", "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "mlp_ratio": 4, "hidden_act": "gelu",
         "image_size": 12, "patch_size": 4, "num_channels": 3, "layer_norm_eps": 1e-06, "qkv_bias": true, "use_swiglu_ffn": false}
        """;

    public const string Pictures = """
        {"do_resize": true, "size": {"shortest_edge": 18}, "resample": 3, "do_center_crop": true, "crop_size": {"height": 12, "width": 12},
         "do_rescale": true, "rescale_factor": 0.00392156862745098, "do_normalize": true, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.1, 0.2, 0.3]}
        """;

    private const uint Float = 0;

    private static readonly (string Gguf, string HuggingFace)[] Names =
    [
        ("token_embd_norm", "embeddings.LayerNorm"), ("token_embd", "embeddings.word_embeddings"), ("position_embd", "embeddings.position_embeddings"),
        ("token_types", "embeddings.token_type_embeddings"), ("blk.", "encoder.layer."), ("attn_q", "attention.self.query"),
        ("attn_k", "attention.self.key"), ("attn_v", "attention.self.value"), ("attn_output_norm", "attention.output.LayerNorm"),
        ("attn_output", "attention.output.dense"), ("ffn_up", "intermediate.dense"), ("layer_output_norm", "output.LayerNorm"), ("ffn_down", "output.dense"),
    ];

    /// <summary>A DINOv2's folder.</summary>
    /// <returns>Its weights as they are stored, under Hugging Face's names without the prefix.</returns>
    public static Dictionary<string, Tensor> WriteDino(string folder, string config = Config, string pictures = Pictures, string prefix = "",
        ScalarType stored = ScalarType.Float32)
    {
        manual_seed(3);
        Dictionary<string, Tensor> weights = new()
        {
            ["embeddings.cls_token"] = randn(1, 1, D), ["embeddings.mask_token"] = randn(1, D),
            ["embeddings.position_embeddings"] = randn(1, 1 + (Stored * Stored), D),
            ["embeddings.patch_embeddings.projection.weight"] = randn(D, 3, Patch, Patch).mul(0.2),
            ["embeddings.patch_embeddings.projection.bias"] = randn(D),
        };
        void Norm(string name) => (weights[$"{name}.weight"], weights[$"{name}.bias"]) = (randn(D).mul(0.3).add(1), randn(D).mul(0.3));
        void Linear(string name, int rows, int columns) =>
            (weights[$"{name}.weight"], weights[$"{name}.bias"]) = (randn(rows, columns).mul(0.4), randn(rows).mul(0.4));
        for (int i = 0; i < Layers; i++)
        {
            string layer = $"encoder.layer.{i}";
            foreach (string part in (string[])["attention.attention.query", "attention.attention.key", "attention.attention.value", "attention.output.dense"])
                Linear($"{layer}.{part}", D, D);
            Linear($"{layer}.mlp.fc1", Inner, D);
            Linear($"{layer}.mlp.fc2", D, Inner);
            Norm($"{layer}.norm1");
            Norm($"{layer}.norm2");
            (weights[$"{layer}.layer_scale1.lambda1"], weights[$"{layer}.layer_scale2.lambda1"]) = (randn(D), randn(D));
        }
        Norm("layernorm");
        HuggingFaceLayout.Write(folder, weights.Select(w => (prefix + w.Key, w.Value.to(stored))), config);
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), pictures);
        return weights.ToDictionary(w => w.Key, w => w.Value.to(stored).to(ScalarType.Float32));
    }

    /// <summary>A METER's text tower as a GGUF file.</summary>
    /// <param name="model">Of BERT's form.</param>
    /// <param name="other">A metadata key with another value than the tower's.</param>
    public static GgufParts Bert(Meter model, (string Key, object Value)? other = null)
    {
        MeterConfig sizes = model.Config;
        Dictionary<string, object> keys = new()
        {
            ["general.architecture"] = "bert", ["bert.block_count"] = (uint)sizes.TextLayers, ["bert.embedding_length"] = (uint)sizes.HiddenSize,
            ["bert.feed_forward_length"] = (uint)sizes.TextIntermediate, ["bert.context_length"] = (uint)sizes.TextPositions,
            ["bert.attention.head_count"] = (uint)sizes.NumHeads, ["bert.attention.layer_norm_epsilon"] = 1e-12f, ["bert.attention.causal"] = false,
            ["bert.pooling_type"] = 1u,
        };
        if (other is var (key, value)) keys[key] = value;
        GgufParts parts = new();
        foreach ((string own, object given) in keys) parts.With(own, given);
        foreach ((string name, Tensor tensor) in model.TextEncoder.state_dict())
            parts.With(Names.Aggregate(name, (n, pair) => n.Replace(pair.HuggingFace, pair.Gguf)), tensor.shape, Float, tensor.bytes.ToArray());
        return parts;
    }

    /// <inheritdoc cref="Bert"/>
    public static void WriteBert(string path, Meter model) => File.WriteAllBytes(path, Bert(model).Written());
}
