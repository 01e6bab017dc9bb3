using Das.Fuzz;
using Das.Models.Export;

namespace Das.Tests.Models;

public sealed class ExportTests() : TensorTest(learns: false)
{
    private const int Layers = 3;

    private static readonly LlamaConfig tiny = new()
    {
        VocabSize = 20, Dim = 24, Layers = Layers, Heads = 4, KvHeads = 2, Hidden = 16, MaxLength = 64, InLayerBottleneck = 3, ReplacementBottleneck = 5,
        AdapterScale = 0.5, Dtype = "float32",
    };

    /// <summary>One for everything that a decoder may have beyond LLaMA's.</summary>
    public static TheoryData<string> Forms => [.. forms.Keys];

    private static readonly Dictionary<string, LlamaConfig> forms = new()
    {
        ["grouped, tied"] = tiny with { TiedOutput = true },
        ["biases, wide heads"] = tiny with { QkvBias = true, AttentionOutputBias = true, MlpBias = true, HeadDim = 8 },
        ["norms of queries and keys, both adapters"] = tiny with { QkNorm = true, AdapterPlaces = "block" },
        ["windows, layers without rotation"] = tiny with { SlidingWindow = 3, WindowedLayers = [0, 2], UnrotatedLayers = [2] },
        ["scaled frequencies, bfloat16"] = tiny with
        {
            RopeScaling = new() { Type = "llama3", Factor = 8, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalLength = 32 }, Dtype = "bfloat16",
        },
        ["products of bfloat16"] = tiny with { Precision = "bfloat16" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void An_exported_model_is_read_again_bit_for_bit(string form)
    {
        LlamaConfig config = forms[form];
        SkipMask mask = SkipMask.Of(1);
        using Llama model = Filled(config, mask);
        HuggingFaceExport.Write(folder.Path, model, new Dictionary<string, string>());
        AssertHoldsNoSkippedLayer(folder.Path);

        BackboneRecipe recipe = new() { Name = "llama", Checkpoint = folder.Path, InLayerBottleneck = 3, ReplacementBottleneck = 5 };
        using BackboneModel again = ModelFiles.FromPretrained(recipe, new(), 2, 0.1, 0, CPU, mask);
        Assert.Equal(JsonSerializer.Serialize(config), JsonSerializer.Serialize(((Llama)again).Config));
        Dictionary<string, Tensor> ours = model.state_dict(), read = again.state_dict();
        Assert.Equal(ours.Keys.Order(), read.Keys.Order());
        foreach ((string name, Tensor value) in ours)
        {
            Assert.Equal(value.dtype, read[name].dtype);
            Tolerance.Exact.Check(name, value.to(ScalarType.Float32), read[name].to(ScalarType.Float32));
        }
        DasException refused = Assert.Throws<DasException>(() => ModelFiles.FromPretrained(recipe, new(), 2, 0.1, 0, CPU, SkipMask.Of(0)));
        Assert.Contains("finished without the layers [1]", refused.Message);
    }

    [Theory]
    [InlineData("num_attention_heads", "2", "num_attention_heads 2")]
    [InlineData("das.skipModule", "[0]", "without the layers [1]")]
    [InlineData("das.layers", "\"three\"", "layers")]
    public void A_configuration_that_was_changed_is_refused(string key, string value, string expected)
    {
        using Llama model = Filled(tiny, SkipMask.Of(1));
        HuggingFaceExport.Write(folder.Path, model, new Dictionary<string, string>());
        string path = Path.Combine(folder.Path, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        string[] names = key.Split('.');
        (names.Length == 1 ? config : config[names[0]]!.AsObject())[names[^1]] = JsonNode.Parse(value);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(config.ToJsonString()));
        Assert.Contains(expected, Assert.Throws<DasException>(() => CheckpointFiles.Open(folder.Path).Dispose()).Message);
    }

    [Fact]
    public void What_the_exported_code_cannot_compute_is_not_exported()
    {
        using Llama routed = new(tiny with { AdapterForm = "router" }), packed = new(tiny with { Quantization = "int8" });
        foreach (Llama model in (Llama[])[routed, packed])
            Assert.Contains("can be exported", Assert.Throws<DasException>(() =>
                HuggingFaceExport.Write(folder.Path, model, new Dictionary<string, string>())).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("[0, 2]")]
    public void A_bare_gguf_file_computes_what_the_pretrained_model_does_without_the_layers(string without)
    {
        SkipMask mask = SkipMask.Parse(without);
        string source = Path.Combine(folder.Path, "whole.gguf"), pruned = Path.Combine(folder.Path, "pruned.gguf");
        File.WriteAllBytes(source, Decoder());
        GgufExport.Write(source, pruned, mask);
        using (GgufFile file = GgufFile.Open(pruned))
        {
            Assert.Equal((uint)(Layers - mask.Count), file.Value("llama.block_count"));
            Assert.Equal(without, file.Value("das.skip_module"));
            Assert.Equal((string[])["a", "b", "ab", "</s>", "<|im_end|>"], file.Value("tokenizer.ggml.tokens"));
        }
        // A new adapter adds nothing, so that a model of the whole file without the layers is the pruned one.
        BackboneRecipe recipe = new() { Name = "llama", Checkpoint = source, InLayerBottleneck = 3, ReplacementBottleneck = 5 };
        using var skipping = (Llama)ModelFiles.FromPretrained(recipe, new(), 2, 0, 0, CPU, mask);
        using var bare = (Llama)ModelFiles.FromPretrained(recipe with { Checkpoint = pruned }, new(), 2, 0, 0, CPU, null);
        using var whole = (Llama)ModelFiles.FromPretrained(recipe, new(), 2, 0, 0, CPU, null);
        Tensor expected = Logits(skipping);
        Tolerance.Exact.Check("logits", expected, Logits(bare));
        Assert.False(expected.allclose(Logits(whole)));
        Assert.Contains("cannot all be left out", Assert.Throws<DasException>(() => GgufExport.Write(source, pruned, SkipMask.Of(0, 1, 2))).Message);
        Assert.Contains("0 to 2", Assert.Throws<DasException>(() => GgufExport.Write(source, pruned, SkipMask.Of(3))).Message);
    }

    [Theory]
    [InlineData(BackboneRecipe.Plain, 3)]
    [InlineData(BackboneRecipe.Chat, 4)]
    public void A_run_on_a_gguf_file_is_exported_with_its_tokenizer_in_the_form_that_transformers_reads(string prompt, int end)
    {
        string source = folder.Write("whole.gguf", Decoder());
        BackboneRecipe backbone = new() { Name = "llama", Checkpoint = source, Prompt = prompt, InLayerBottleneck = 3, ReplacementBottleneck = 5 };
        string run = Directory.CreateDirectory(folder["run"]).FullName, checkpoint = Path.Combine(run, ResultFiles.Checkpoint);
        using (BackboneModel model = ModelFiles.FromPretrained(backbone, new(), 2, 0, 0, CPU, SkipMask.Of(1)))
            ModelFiles.WriteFinetuned(checkpoint, model, new(), new() { Name = "tiny/gguf", Backbone = backbone, Benchmark = new() { Name = "boolq" } },
                SkipMask.Of(1), 2, "boolq 1");
        Assert.Equal(["tokenizer.gguf.json"], BackboneFiles.CopyVocabulary(backbone, run));

        ModelExport.ToFolder(checkpoint, folder["out"], "tiny/gguf", backbone);
        Assert.Equal(["README.md", "config.json", "model.safetensors", "modeling_das.py", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(end, (int?)JsonNode.Parse(File.ReadAllBytes(folder["out/config.json"]))!["eos_token_id"]);
        Assert.DoesNotContain("no file that transformers reads", File.ReadAllText(folder["out/README.md"]));
        DecoderTokenizer written = BackboneFiles.DecoderTokenizer(BackboneFiles.Vocabulary(backbone with { Checkpoint = folder["out"] }));
        Assert.Equal([2, 0, 3, 1, end], written.Encode("aba</s>b", eos: true));
    }

    private static Tensor Logits(Llama model)
    {
        model.eval();
        return model.Logits(model.Hidden(model.Assemble(Continuations.Batch([0, 2, 1, 3, 1]))));
    }

    private static Llama Filled(LlamaConfig config, SkipMask mask)
    {
        manual_seed(1);
        Llama model = new(config, mask);
        foreach ((string _, Tensor value) in model.state_dict()) value.copy_(randn_like(value));
        return model;
    }

    private static void AssertHoldsNoSkippedLayer(string path)
    {
        using Checkpoint file = Checkpoint.Open(Path.Combine(path, "model.safetensors"));
        Assert.Equal(["input_layernorm.weight", "replaced_adapter.down_sampler.bias", "replaced_adapter.down_sampler.weight",
            "replaced_adapter.up_sampler.bias", "replaced_adapter.up_sampler.weight"],
            file.Names.Where(name => name.StartsWith("model.layers.1.")).Select(name => name["model.layers.1.".Length..]).Order());
    }

    /// <summary>Three layers of width 16 in 2 heads, 1 of keys; 5 tokens, the last of ChatML.</summary>
    private static byte[] Decoder()
    {
        const int width = 16;
        manual_seed(2);
        GgufParts parts = new GgufParts().With("general.architecture", "llama").With("tokenizer.ggml.model", "gpt2")
            .With("tokenizer.ggml.tokens", (string[])["a", "b", "ab", "</s>", "<|im_end|>"]).With("tokenizer.ggml.add_bos_token", false)
            .With("tokenizer.ggml.pre", "gpt-2").With("tokenizer.ggml.merges", (string[])["a b"]).With("tokenizer.ggml.token_type", (int[])[1, 1, 1, 3, 3])
            .With("tokenizer.ggml.eos_token_id", 3u).With("tokenizer.chat_template", Benchmarks.ChatTemplateTests.ChatMl)
            .With("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        foreach ((string key, uint value) in ((string, uint)[])[("context_length", 64), ("embedding_length", width), ("block_count", Layers),
            ("feed_forward_length", width), ("attention.head_count", 2), ("attention.head_count_kv", 1)]) parts.With($"llama.{key}", value);
        Add("token_embd.weight", 5, width);
        Add("output_norm.weight", width);
        for (int layer = 0; layer < Layers; layer++)
        {
            foreach ((string name, int rows) in ((string, int)[])[("attn_q", width), ("attn_k", width / 2), ("attn_v", width / 2), ("attn_output", width),
                ("ffn_gate", width), ("ffn_up", width), ("ffn_down", width)]) Add($"blk.{layer}.{name}.weight", rows, width);
            foreach (string name in (string[])["attn_norm", "ffn_norm"]) Add($"blk.{layer}.{name}.weight", width);
        }
        return parts.Written();

        void Add(string name, params long[] shape) =>
            parts.With(name, shape, 0, [.. randn(shape).data<float>().SelectMany(BitConverter.GetBytes)]);
    }
}
