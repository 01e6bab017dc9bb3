namespace Das.Tests.Checkpoints;

/// <summary>What a Hugging Face <c>config.json</c> of each family says of its decoder, with keys missing, and what is refused.</summary>
public sealed class DecoderFamilyTests : TensorTest
{
    private const string Llama3 = "\"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 64",
        Scaled = """ "ropeScaling":{"type":"llama3","factor":8,"lowFrequencyFactor":1,"highFrequencyFactor":4,"originalLength":64}""";

    [Theory]
    [InlineData("llama", "", "")]
    [InlineData("llama", "\"attention_bias\": true", "\"qkvBias\":true,\"attentionOutputBias\":true")]
    [InlineData("llama", "\"mlp_bias\": true, \"attention_bias\": null", "\"mlpBias\":true")]
    [InlineData("llama", "\"head_dim\": 6", "\"headDim\":6")]
    [InlineData("llama", "\"head_dim\": 4, \"rope_theta\": 5e5", "\"ropeTheta\":500000")]
    [InlineData("llama", "\"rope_parameters\": {\"rope_theta\": 5e5, \"rope_type\": \"default\"}", "\"ropeTheta\":500000")]
    [InlineData("llama", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}", "\"ropeScaling\":{\"type\":\"linear\",\"factor\":4}")]
    [InlineData("llama", "\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 4}", "\"ropeScaling\":{\"type\":\"linear\",\"factor\":4}")]
    [InlineData("llama", "\"rope_scaling\": {\"rope_type\": \"llama3\", " + Llama3 + "}", Scaled)]
    [InlineData("llama", "\"rope_parameters\": {\"rope_type\": \"llama3\", " + Llama3 + "}", Scaled)]
    [InlineData("mistral", "\"sliding_window\": 5", "\"slidingWindow\":5")]
    [InlineData("mistral", "\"sliding_window\": null", "")]
    [InlineData("mistral", "", "\"slidingWindow\":4096")]
    [InlineData("mistral", "\"sliding_window\": 5, \"layer_types\": [\"full_attention\", \"sliding_attention\", \"full_attention\"]",
        "\"slidingWindow\":5,\"windowedLayers\":[1]")]
    [InlineData("qwen2", "\"sliding_window\": 5, \"max_window_layers\": 1, \"use_sliding_window\": false", "\"qkvBias\":true")]
    [InlineData("qwen2", "\"sliding_window\": 5, \"max_window_layers\": 1, \"use_sliding_window\": true",
        "\"qkvBias\":true,\"slidingWindow\":5,\"windowedLayers\":[1,2]")]
    [InlineData("qwen2", "\"sliding_window\": 5, \"use_sliding_window\": true", "\"qkvBias\":true")]
    [InlineData("qwen2", "\"sliding_window\": 5, \"max_window_layers\": 3, \"use_sliding_window\": true, \"layer_types\": "
        + "[\"sliding_attention\", \"sliding_attention\", \"sliding_attention\"]", "\"qkvBias\":true,\"slidingWindow\":5")]
    [InlineData("qwen3", "", "\"qkNorm\":true")]
    [InlineData("qwen3", "\"attention_bias\": true, \"head_dim\": 2", "\"headDim\":2,\"qkvBias\":true,\"attentionOutputBias\":true,\"qkNorm\":true")]
    [InlineData("smollm3", "\"no_rope_layers\": [1, 0, 1], \"rope_theta\": 10000.0", "\"ropeTheta\":10000,\"unrotatedLayers\":[1]")]
    [InlineData("smollm3", "", "\"ropeTheta\":2000000")]
    [InlineData("smollm3", "\"no_rope_layer_interval\": 3", "\"ropeTheta\":2000000,\"unrotatedLayers\":[2]")]
    [InlineData("smollm3", "\"no_rope_layers\": [0, 1, 0], \"use_sliding_window\": true, \"sliding_window\": 6",
        "\"ropeTheta\":2000000,\"unrotatedLayers\":[0,2],\"slidingWindow\":6,\"windowedLayers\":[0,2]")]
    public void A_file_states_the_form_of_its_decoder(string family, string keys, string stated)
    {
        Write(family, keys);
        using Checkpoint file = CheckpointFiles.Open(folder.Path);
        JsonObject config = JsonNode.Parse(file.Metadata[Checkpoint.ConfigKey])!.AsObject();
        foreach (string size in (string[])["dim", "layers", "heads", "kvHeads", "maxLength"]) config.Remove(size);
        Assert.Equal(stated.Trim(), config.ToJsonString()[1..^1]);
    }

    [Theory]
    [InlineData("llama", "layer_types", "[\"full_attention\", \"full_attention\", \"sliding_attention\"]", "")]
    [InlineData("qwen2", "layer_types", "[\"full_attention\"]", "")]
    [InlineData("qwen2", "layer_types", "[\"full_attention\", \"full_attention\", \"chunked_attention\"]", "")]
    [InlineData("qwen2", "layer_types", "[\"full_attention\", \"full_attention\", \"sliding_attention\"]", "")]
    [InlineData("smollm3", "no_rope_layers", "[1, 0]", "")]
    [InlineData("smollm3", "no_rope_layers", "[1, 0, 2]", "")]
    [InlineData("smollm3", "no_rope_layer_interval", "0", "")]
    [InlineData("mistral", "attention_bias", "true", "")]
    [InlineData("qwen3", "mlp_bias", "true", "")]
    [InlineData("llama", "rope_scaling", "{\"type\": \"linear\", \"factor\": 4}", ", \"rope_parameters\": {\"rope_type\": \"default\"}")]
    public void A_form_that_is_not_computed_is_refused_by_its_key(string family, string key, string value, string beside)
    {
        Write(family, $"\"{key}\": {value}{beside}");
        string refused = Refuses.Checkpoint(() => CheckpointFiles.Open(folder.Path)).Message;
        Assert.Contains($"config.json' has {key} {value.Replace(" ", "", StringComparison.Ordinal)}, where ", refused);
    }

    [Fact]
    public void Two_bases_of_the_rotation_are_refused()
    {
        Write("llama", "\"rope_theta\": 1e4, \"rope_parameters\": {\"rope_theta\": 5e5}");
        Refuses.Checkpoint("gives rope_theta as 10000 and 500000: one is expected", () => CheckpointFiles.Open(folder.Path));
    }

    [Fact]
    public void Metas_scaled_rotation_is_refused_because_its_factors_are_nowhere()
    {
        folder.Write("params.json", """{"dim": 16, "n_heads": 4, "n_layers": 2, "use_scaled_rope": true}""");
        folder.Write("consolidated.00.pth", "x");
        Refuses.Checkpoint("has use_scaled_rope true", () => CheckpointFiles.Open(folder.Path));
    }

    private void Write(string family, string keys) => HuggingFaceLayout.Write(folder.Path, [("model.layers.0.input_layernorm.weight", ones(16))],
        $"{{\"model_type\": \"{family}\", \"hidden_size\": 16, \"num_hidden_layers\": 3, \"num_attention_heads\": 4, \"num_key_value_heads\": 2, "
        + $"\"max_position_embeddings\": 32{(keys.Length > 0 ? ", " + keys : "")}}}");
}
