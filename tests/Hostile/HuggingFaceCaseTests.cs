using Das.Tests.Checkpoints;

namespace Das.Tests.Hostile;

/// <summary>Hugging Face folders of LLaMA look-alikes: read with the right values, or refused by the key that makes them another network.</summary>
public sealed class HuggingFaceCaseTests : IDisposable
{
    private const string Sizes = """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16, "intermediate_size": 48, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "max_position_embeddings": 32,
        "vocab_size": 40, "hidden_act": "silu", "tie_word_embeddings": true, "torch_dtype": "float32"}
        """;

    private readonly TemporaryFolder folder = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();
    private readonly Llama model = TinyLlama.New();

    public void Dispose()
    {
        model.Dispose();
        scope.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("rope_default", "\"rope_scaling\": {\"rope_type\": \"default\"}")]
    [InlineData("rope_linear1", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 1.0}")]
    [InlineData("rope_parameters", "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 10000.0}")]
    [InlineData("none", "\"rope_scaling\": null")]
    [InlineData("head_dim", "\"head_dim\": 4")]
    [InlineData("sliding", "\"sliding_window\": 4096")]
    [InlineData("multiplier", "\"embedding_multiplier\": 1.0, \"attention_bias\": false")]
    [InlineData("mistral", "\"model_type\": \"mistral\"")]
    public void A_key_that_changes_nothing_loads(string name, string key)
    {
        _ = name;
        Write(Theirs(), With(key));
        Loads(folder.Path);
    }

    [Theory]
    [InlineData("model_type", "\"gemma\"")]
    [InlineData("model_type", "\"granite\"")]
    [InlineData("model_type", "7")]
    [InlineData("hidden_act", "\"gelu_pytorch_tanh\"")]
    [InlineData("sliding_window", "16")]
    [InlineData("partial_rotary_factor", "0.5")]
    [InlineData("rope_scaling", "{\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0}")]
    [InlineData("rope_scaling", "{\"type\": \"linear\", \"factor\": -2.0}")]
    [InlineData("rope_scaling", "{\"rope_type\": \"default\", \"mrope_section\": [1, 1]}")]
    [InlineData("rope_scaling", "{\"type\": \"dynamic\", \"factor\": 1.0}")]
    [InlineData("rope_scaling", "\"yarn\"")]
    [InlineData("rope_parameters", "{\"rope_type\": \"yarn\"}")]
    [InlineData("rope_parameters", "{\"rope_type\": \"longrope\", \"attention_factor\": 1, \"short_factor\": [1, 1], \"long_factor\": [1, 2]}")]
    [InlineData("rope_parameters", "{\"full_attention\": {\"rope_type\": \"default\"}}")]
    [InlineData("embedding_multiplier", "12.0")]
    [InlineData("residual_multiplier", "0.22")]
    [InlineData("attention_multiplier", "0.015625")]
    [InlineData("some_new_multiplier", "2")]
    [InlineData("logits_scaling", "8")]
    [InlineData("final_logit_softcapping", "30.0")]
    [InlineData("qkv_bias", "true")]
    [InlineData("is_causal", "false")]
    [InlineData("no_rope_layers", "[1, 1, 1, 0]")]
    [InlineData("layer_types", "[\"full_attention\", \"sliding_attention\"]")]
    [InlineData("num_local_experts", "8")]
    [InlineData("quantization_config", "{\"bits\": 4}")]
    public void A_key_that_changes_the_computation_is_refused_by_its_name(string key, string value)
    {
        Write(Theirs(), With($"\"{key}\": {value}"));
        string refused = Refuses.Checkpoint(() => CheckpointFiles.Open(folder.Path)).Message;
        Assert.Contains($"config.json' ", refused);
        Assert.Contains(key, refused);
        Assert.Contains(value.Replace(" ", "", StringComparison.Ordinal), refused.Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("_orig_mod.")]
    [InlineData("module.")]
    public void Names_in_a_wrapper_are_read(string prefix)
    {
        Write(Theirs().Select(tensor => (prefix + tensor.Name, tensor.Value)), Sizes);
        Loads(folder.Path);
    }

    [Theory]
    [InlineData("language_model.model.", "language_model.lm_head.weight")]
    [InlineData("model.language_model.", "lm_head.weight")]
    public void The_names_that_llavas_have_in_transformers_are_read(string below, string head)
    {
        Write([.. Theirs().Select(tensor => (tensor.Name.Replace("model.", below, StringComparison.Ordinal), tensor.Value)), (head, Table()),
            ("multi_modal_projector.linear_1.weight", ones(2, 2))], With("\"model_type\": \"llava\""));
        Loads(folder.Path, "mm_projector.0.weight");
    }

    [Fact]
    public void Sizes_of_a_llavas_decoder_stand_in_their_own_section()
    {
        Write(Theirs(), $"{{\"model_type\": \"llava\", \"vision_feature_layer\": -2, \"text_config\": {Sizes}}}");
        Loads(folder.Path);
    }

    [Fact]
    public void An_output_that_is_not_said_to_be_the_token_table_is_missing()
    {
        Write(Theirs(), Sizes.Replace("\"tie_word_embeddings\": true, ", "", StringComparison.Ordinal));
        Assert.Contains("'output.weight' of shape [40, 16] is missing", Refuses.Checkpoint(() => Loads(folder.Path)).Message);
    }

    [Fact]
    public void An_output_that_differs_from_the_table_it_is_said_to_be_is_refused()
    {
        Write([.. Theirs(), ("lm_head.weight", Table())], Sizes);
        Loads(folder.Path);
        Write([.. Theirs(), ("lm_head.weight", Table().Plus(ones(1)))], Sizes);
        Assert.Contains("tie_word_embeddings true, and lm_head.weight beside it differs", Refuses.Checkpoint(() => Loads(folder.Path)).Message);
    }

    [Fact]
    public void An_index_that_promises_what_a_part_lacks_says_so()
    {
        Shards(entry => entry, name => name != "model.layers.2.self_attn.o_proj.weight");
        string refused = Refuses.Checkpoint(() => CheckpointFiles.Open(folder.Path)).Message;
        Assert.Contains("says that 'model.layers.2.self_attn.o_proj.weight' lies in 'model-00002-of-00002.safetensors', which has no such tensor", refused);
    }

    [Fact]
    public void An_index_that_forgets_a_part_says_so()
    {
        Shards(entries => entries.Where(entry => entry.Value!.ToString().Contains("-00001-", StringComparison.Ordinal)), _ => true);
        Assert.Contains("names 1 of the 2 parts", Refuses.Checkpoint(() => CheckpointFiles.Open(folder.Path)).Message);
    }

    [Fact]
    public void A_type_of_numbers_that_is_not_read_is_named()
    {
        byte[] header = Encoding.UTF8.GetBytes("""{"model.norm.weight": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}""");
        folder.Write("model.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header, 1, 2]);
        Assert.Contains("has dtype 'F8_E4M3' where one of", Refuses.Checkpoint(() => CheckpointFiles.Open(folder.Path)).Message);
    }

    [Fact]
    public void A_token_table_with_fewer_rows_than_the_tokenizer_has_tokens_is_named_with_both_before_anything_runs()
    {
        Write(Theirs(), Sizes);
        string tokenizer = Path.Combine(Repository.Root, "tests", "fixtures", "parity", "lavin_llava", "G02_tokenizer_tiny", "tokenizer.model");
        int tokens = PieceTokenizer.Load(tokenizer).VocabularySize;
        Assert.True(tokens > 40);
        string refused = Refuses.Checkpoint(() => ModelFiles.Sizes(new() { Name = "llama", Checkpoint = folder.Path, Vocabulary = tokenizer })).Message;
        Assert.Contains($"has {tokens} tokens, and the token table of", refused);
        Assert.Contains("has 40 rows", refused);
        folder.Write("tokenizer.json", File.ReadAllBytes(Repository.PathOf("tests/fixtures/parity/decoders/T02_llama3/tokenizer/tokenizer.json")));
        Refuses.Checkpoint("tokenizer.json has 728 tokens, and the token table of", () => ModelFiles.Sizes(new() { Name = "llama", Checkpoint = folder.Path }));
    }

    [Fact]
    public void A_tokenizer_of_a_form_that_is_not_read_is_named()
    {
        Write(Theirs(), Sizes);
        folder.Write("tokenizer.json", "{}"u8.ToArray());
        Refuses.Data("tokenizer.json: model must be an object", () => ModelFiles.Sizes(new() { Name = "llama", Checkpoint = folder.Path }));
        folder.Write("tokenizer.json", "{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}"u8.ToArray());
        Refuses.Data("'Unigram' is not read; known: BPE, WordPiece", () => ModelFiles.Sizes(new() { Name = "llama", Checkpoint = folder.Path }));
    }

    private static string With(string key)
    {
        string name = key.Split(':')[0];
        return Regex.Replace(Sizes, name + ": (\"[^\"]*\"|[^,}]+), ", "", RegexOptions.None).TrimEnd()[..^1] + $", {key}}}";
    }

    private Tensor Table() => model.state_dict()["tok_embeddings.weight"];

    /// <summary>The model's frozen weights under their names, its output the token table.</summary>
    private IEnumerable<(string Name, Tensor Value)> Theirs() => HuggingFaceLayout.Of(model.state_dict().Where(tensor =>
        !tensor.Key.Contains("adapter", StringComparison.Ordinal) && tensor.Key != "output.weight"), model.Config.Dim / model.Config.Heads);

    private void Write(IEnumerable<(string, Tensor)> tensors, string sizes) => HuggingFaceLayout.Write(folder.Path, tensors, sizes);

    private void Shards(Func<JsonObject, IEnumerable<KeyValuePair<string, JsonNode?>>> index, Func<string, bool> stored)
    {
        (string Name, Tensor Value)[] all = [.. Theirs()];
        JsonObject map = [];
        foreach ((int part, IEnumerable<(string Name, Tensor Value)> tensors) in ((int, IEnumerable<(string, Tensor)>)[])[(1, all[..9]), (2, all[9..])])
        {
            string file = $"model-{part:00000}-of-00002.safetensors";
            foreach ((string name, Tensor _) in tensors) map[name] = file;
            SafetensorsWriter.Write(folder[file], tensors.Where(tensor => stored(tensor.Name)), new Dictionary<string, string>());
        }
        folder.Write("model.safetensors.index.json", JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["weight_map"] = new JsonObject(index(map).Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()))),
        }));
        folder.Write("config.json", Encoding.UTF8.GetBytes(Sizes));
    }

    /// <summary>Asserts that the folder holds the model.</summary>
    private void Loads(string path, params string[] ignored)
    {
        using Checkpoint file = CheckpointFiles.Open(path);
        bool tied = JsonNode.Parse(file.Metadata[Checkpoint.ConfigKey])!["tiedOutput"] is not null;
        using Llama read = new(TinyLlama.Config with { TiedOutput = tied });
        CheckpointLoader.LoadInto(read, file, read.PretrainedRules with { MayBeIgnored = [.. read.PretrainedRules.MayBeIgnored, .. ignored] });
        Assert.Equal(!tied, read.state_dict().ContainsKey("output.weight"));
        foreach ((string name, Tensor value) in model.state_dict().Where(tensor => !tensor.Key.Contains("adapter", StringComparison.Ordinal)))
            if (name != "output.weight") Tolerance.Exact.Check(name, value, read.state_dict()[name]);
    }
}
