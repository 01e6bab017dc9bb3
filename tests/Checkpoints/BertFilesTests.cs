using Das.Fuzz;

namespace Das.Tests.Checkpoints;

/// <summary>BERTs in GGUF files and in Hugging Face's folders, as the text tower of a METER; what they compute: <c>LayerConstantTests</c>.</summary>
public sealed class BertFilesTests() : TensorTest(learns: false)
{
    private static readonly MeterConfig Sizes = TinyMeter.Config with { TextEncoder = "bert" };

    [Theory]
    [InlineData("gguf")]
    [InlineData("folder")]
    [InlineData("folder below bert.")]
    public void A_text_tower_is_filled_and_sized_by_its_own_file(string form)
    {
        using Meter source = TinyMeter.New(SkipMask.Empty, Sizes);
        Dictionary<string, Tensor> text = source.TextEncoder.state_dict();
        string path = form == "gguf" ? Write(SmallTowers.Bert(source)) : Folder(text, form.EndsWith("bert.") ? "bert." : "");
        SafetensorsWriter.Write(folder["rest.safetensors"], source.Pretrained().Where(t => !t.Name.StartsWith("text_transformer")),
            new Dictionary<string, string>
        {
            [ModelFiles.ConfigKey] = JsonSerializer.Serialize(TinyMeter.Config with { TextLayers = 1, TextIntermediate = 8, TextPositions = 20 },
                JsonSerializerOptions.Web),
        });
        BackboneRecipe recipe = new() { Name = "meter", Checkpoint = folder["rest.safetensors"], TextCheckpoint = path, ImageSize = 32,
            InLayerBottleneck = 4, ReplacementBottleneck = 6 };
        using BackboneModel model = ModelFiles.FromPretrained(recipe, TinyMeter.Vqa, 2, 0, 0, CPU, SkipMask.Empty);
        Dictionary<string, Tensor> ours = model.state_dict();
        foreach ((string name, Tensor value) in text) Tolerance.Exact.Check(name, value, ours[$"text_transformer.{name}"]);
        Tolerance.Exact.Check("token4classifier", source.state_dict()["token4classifier"], ours["token4classifier"]);
        Assert.All(model.named_parameters().Where(p => p.name.StartsWith("text_transformer")), p => Assert.False(p.parameter.requires_grad));
        Refuses.Checkpoint("'text_transformer.", () => ModelFiles.FromPretrained(recipe with { TextCheckpoint = null }, TinyMeter.Vqa, 2, 0, 0, CPU, null));
    }

    [Theory]
    [InlineData("bert.attention.layer_norm_epsilon", 1e-5f, "layer_norm_eps 1E-05, where 1E-12 is expected")]
    [InlineData("bert.attention.causal", true, "attention.causal is true, where false")]
    [InlineData("bert.attention.max_alibi_bias", 8f, "bert.attention.max_alibi_bias is 8, a key that no bert has")]
    [InlineData("bert.block_count", 1u, "has the tensor 'blk.1.")]
    [InlineData("bert.block_count", 3u, "has no tensor 'blk.2.attn_q.weight'")]
    [InlineData("tokenizer.ggml.model", "gpt2", "tokenizer.ggml.model is gpt2, where bert is expected")]
    public void A_file_of_another_network_is_refused_by_its_key(string key, object value, string says)
    {
        using Meter source = TinyMeter.New(SkipMask.Empty, Sizes);
        Refuses.Checkpoint(says, () => CheckpointFiles.Open(Write(SmallTowers.Bert(source, (key, value)))));
    }

    [Fact]
    public void A_folder_of_another_network_is_refused_by_its_key()
    {
        using Meter source = TinyMeter.New(SkipMask.Empty, Sizes);
        string path = Folder(source.TextEncoder.state_dict(), "");
        string config = Path.Combine(path, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"gelu\"", "\"gelu_new\""));
        Refuses.Checkpoint("hidden_act \"gelu_new\", where \"gelu\" is expected", () => CheckpointFiles.Open(path));
    }

    [Fact]
    public void A_backbone_without_a_text_tower_refuses_one()
    {
        using Meter source = TinyMeter.New(SkipMask.Empty, Sizes);
        using Checkpoint text = CheckpointFiles.Open(Write(SmallTowers.Bert(source)));
        using Llava model = TinyLlava.New(SkipMask.Empty);
        SafetensorsWriter.Write(folder["llava.safetensors"], model.state_dict().Select(s => (s.Key, s.Value)), new Dictionary<string, string>());
        using Checkpoint own = Checkpoint.Open(folder["llava.safetensors"]);
        Refuses.Checkpoint("remove backbone.textCheckpoint", () => model.LoadPretrained(own, new(Text: text)));
    }

    private string Write(GgufParts parts)
    {
        folder.Write("bert.gguf", parts.Written());
        return folder["bert.gguf"];
    }

    private string Folder(Dictionary<string, Tensor> text, string prefix)
    {
        HuggingFaceLayout.Write(folder["bert"], text.Select(t => (prefix + t.Key, t.Value)), new JsonObject
        {
            ["model_type"] = "bert", ["hidden_act"] = "gelu", ["hidden_size"] = Sizes.HiddenSize, ["num_hidden_layers"] = Sizes.TextLayers,
            ["num_attention_heads"] = Sizes.NumHeads, ["intermediate_size"] = Sizes.TextIntermediate, ["vocab_size"] = Sizes.VocabSize,
            ["max_position_embeddings"] = Sizes.TextPositions, ["layer_norm_eps"] = 1e-12, ["type_vocab_size"] = 2,
        }.ToJsonString());
        return folder["bert"];
    }
}
