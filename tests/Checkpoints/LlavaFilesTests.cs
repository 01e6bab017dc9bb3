namespace Das.Tests.Checkpoints;

/// <summary>LLaVA from Hugging Face's folders, and what is said of those that do not fit.</summary>
public sealed class LlavaFilesTests : TensorTest
{
    private const string Sizes = """
        {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "rms_norm_eps": 1e-5, "max_position_embeddings": 24, "mm_hidden_size": 12}
        """;

    [Fact]
    public void The_published_weights_are_those_of_the_specification_name_by_name()
    {
        (string Name, long[] Shape)[] published = [.. Published()];
        long Numbers(Func<string, bool> which) =>
            published.Where(tensor => which(tensor.Name)).Sum(tensor => tensor.Shape.Aggregate(1L, (product, side) => product * side));
        bool IsAdapter(string name) => name.Contains("adapter");
        bool IsTower(string name) => name.StartsWith("vision_model");
        LlavaConfig full = new();
        Assert.Equal(6_738_415_616 + 20_979_712, Numbers(name => !IsAdapter(name) && !IsTower(name)));
        Assert.Equal(101_068_800, Numbers(IsAdapter));
        Assert.Equal(303_507_456, Numbers(IsTower));
        Assert.Equal(LlavaCost.Parameters(full, SkipMask.Empty).Total,
            Numbers(name => !name.Contains("replace") && !name.Contains("encoder.layers.23.")));

        // The same names at a small scale, each size by another of its own.
        Dictionary<long, long> small = new() { [32000] = 40, [4096] = 16, [11008] = 24, [1024] = 4, [577] = 5, [256] = 6, [64] = 7, [14] = 14, [3] = 3 };
        LlavaConfig config = new() { VocabSize = 40, Dim = 16, Hidden = 24, Heads = 2, Dtype = "float32", InLayerBottleneck = 7, ReplacementBottleneck = 6,
            ClipWidth = 4, ClipHeads = 2, ImageSize = 28 };
        (string Name, Tensor Value)[] tensors = [.. published.Select(tensor => (tensor.Name, zeros([.. tensor.Shape.Select(side => small[side])])))];
        HuggingFaceLayout.Write(folder["decoder"], tensors.Where(t => !IsTower(t.Name)), Sizes);
        HuggingFaceLayout.Write(folder["tower"], tensors.Where(t => IsTower(t.Name)), "{}");
        HuggingFaceLayout.Write(folder["both"], tensors.Select(t => (IsTower(t.Name) ? $"model.vision_tower.vision_tower.{t.Name}" : t.Name, t.Value)), Sizes);

        using Llava model = new(config);
        using Checkpoint decoder = CheckpointFiles.Open(folder["decoder"]), tower = CheckpointFiles.Open(folder["tower"]),
            both = CheckpointFiles.Open(folder["both"]);
        LoadResult apart = model.LoadPretrained(decoder, new(Vision: tower)), together = model.LoadPretrained(both);
        Assert.Empty(apart.Ignored);
        Assert.All(apart.Missing, name => Assert.StartsWith("vision_tower.", name));
        Assert.Empty(together.Missing);
        Assert.All(together.Ignored, name => Assert.StartsWith("vision_tower.vision_tower.visual.transformer.resblocks.23.", name));
    }

    [Fact]
    public void A_model_comes_from_its_folder_and_its_tower_s_or_from_one_with_both_and_learns_adapters_and_projector()
    {
        using Llava source = TinyLlava.New(SkipMask.Empty);
        WriteFolders(source);
        foreach (BackboneRecipe recipe in (BackboneRecipe[])[Recipe("decoder", "tower"), Recipe("whole")])
        {
            using SkippableModel model = FromPretrained(recipe, SkipMask.Of(1));
            Dictionary<string, Tensor> expected = source.state_dict();
            string[] compared = [.. model.state_dict().Keys.Where(name => !name.Contains("adapter"))];
            Assert.Contains("vision_tower.vision_tower.visual.transformer.resblocks.1.attn.in_proj_weight", compared);
            Assert.DoesNotContain("layers.1.attention.wq.weight", compared);
            foreach (string name in compared) Tolerance.Exact.Check(name, expected[name], model.state_dict()[name]);
            Assert.All(model.named_parameters(), p =>
                Assert.Equal(p.name.Contains("adapter") || p.name.StartsWith("mm_projector"),
                p.parameter.requires_grad));
        }
        Assert.Contains("set backbone.visionCheckpoint to the folder of openai/clip-vit-large-patch14-336", Refused(Recipe("decoder"), null));
    }

    [Fact]
    public void A_finished_model_of_the_published_form_is_run_without_its_own_layers_and_no_others()
    {
        using Llava source = TinyLlava.New(SkipMask.Of(1));
        WriteFolders(source, [("model.adapter_select_token.weight", zeros(1, 16)), ("model.layers.0.self_attn.rotary_emb.inv_freq", zeros(4)),
            ("model.vision_tower.vision_tower.vision_model.embeddings.position_ids", zeros(1, 5))]);
        using (SkippableModel model = FromPretrained(Recipe("finished"), SkipMask.Of(1)))
            foreach ((string name, Tensor value) in source.state_dict()) Tolerance.Exact.Check(name, value, model.state_dict()[name]);
        Assert.Contains("was finished without the layers [1], so it cannot be run without [0, 2] instead", Refused(Recipe("finished"), SkipMask.Of(0, 2)));
        Assert.Contains("was finished without the layers [1], so it cannot be searched", Refused(Recipe("finished"), null));
    }

    [Fact]
    public void Adapters_of_another_width_or_of_some_layers_alone_are_refused()
    {
        using Llava source = TinyLlava.New();
        WriteFolders(source);
        Assert.Contains("'layers.0.adapter_replace.down.weight' has shape [6, 16] where [12, 16] is expected",
            Refused(Recipe("finished") with { ReplacementBottleneck = 12 }, null));

        HuggingFaceLayout.Write(folder["part"], HuggingFaceLayout.Of(source.state_dict().Where(t =>
            !t.Key.StartsWith("layers.2.adapter_adapt_1")), 8), Sizes);
        Assert.Contains("holds 'adapter_adapt_1' of other layers, but not 'layers.2.adapter_adapt_1.down.weight'", Refused(Recipe("part"), null));
    }

    [Fact]
    public void A_tower_s_queries_without_their_keys_or_of_another_shape_are_refused()
    {
        using Llava source = TinyLlava.New();
        (string Name, Tensor Value)[] tower = [.. HuggingFaceLayout.Of(Tower(source), 8)];
        string Opened((string, Tensor)[] tensors)
        {
            HuggingFaceLayout.Write(folder["broken"], tensors, "{}");
            return Refuses.Checkpoint(() => CheckpointFiles.Open(folder["broken"])).Message;
        }
        const string key = "vision_model.encoder.layers.1.self_attn.k_proj.weight";
        Assert.Contains($"'{key}' is missing where", Opened([.. tower.Where(t => t.Name != key)]));
        Assert.Contains("of different shapes or types ([12, 12], [3, 4], [12, 12])", Opened([.. tower.Select(t => t.Name == key ? (t.Name, zeros(3, 4)) : t)]));
    }

    /// <summary>Every published tensor with its shape; {n} in a name stands for 0 to n - 1.</summary>
    private static IEnumerable<(string, long[])> Published()
    {
        foreach (string[] line in File.ReadLines(Repository.PathOf("tests/fixtures/llava-v1.5-7b.txt")).Select(line => line.Split(' ')))
        {
            long[] shape = [.. line[1..].Select(side => long.Parse(side, CultureInfo.InvariantCulture))];
            int open = line[0].IndexOf('{'), close = line[0].IndexOf('}');
            if (open < 0) yield return (line[0], shape);
            else
                for (int i = 0; i < int.Parse(line[0][(open + 1)..close], CultureInfo.InvariantCulture); i++)
                    yield return ($"{line[0][..open]}{i}{line[0][(close + 1)..]}", shape);
        }
    }

    /// <summary>The published form of a model without adapters, apart from its tower and with it, and with adapters.</summary>
    private void WriteFolders(Llava source, params (string, Tensor)[] more)
    {
        KeyValuePair<string, Tensor>[] all = [.. source.state_dict()], bare = [.. all.Where(t => !t.Key.Contains("adapter"))];
        HuggingFaceLayout.Write(folder["decoder"], HuggingFaceLayout.Of(bare.Where(t => !t.Key.StartsWith("vision_tower")), 8), Sizes);
        HuggingFaceLayout.Write(folder["tower"], HuggingFaceLayout.Of(Tower(source), 8), "{}");
        HuggingFaceLayout.Write(folder["whole"], HuggingFaceLayout.Of(bare, 8), Sizes);
        HuggingFaceLayout.Write(folder["finished"], [.. HuggingFaceLayout.Of(all, 8), .. more], Sizes);
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Tower(Llava source)
    {
        const string prefix = "vision_tower.vision_tower.";
        return source.state_dict().Where(t => t.Key.StartsWith(prefix)).Select(t => KeyValuePair.Create(t.Key[prefix.Length..], t.Value));
    }

    private BackboneRecipe Recipe(string checkpoint, string? tower = null) => new()
    {
        Name = "llava", Checkpoint = folder[checkpoint], VisionCheckpoint = tower is null ? null : folder[tower], ImageSize = 28, InLayerBottleneck = 4,
            ReplacementBottleneck = 6,
        Config = new() { ["clipHeads"] = 2, ["clipLayers"] = 3 },
    };

    private static SkippableModel FromPretrained(BackboneRecipe recipe, SkipMask? removed) => ModelFiles.FromPretrained(recipe, new(), 0, 0, 0, CPU, removed);

    private static string Refused(BackboneRecipe recipe, SkipMask? removed) => Refuses.Checkpoint(() => FromPretrained(recipe, removed)).Message;
}
