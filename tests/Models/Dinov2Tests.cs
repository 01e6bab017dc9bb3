using Das.Tests.Checkpoints;
using static Das.Tests.Checkpoints.SmallTowers;
using static Das.Tests.Models.ByHand;

namespace Das.Tests.Models;

/// <summary>A DINOv2 of random weights, from a folder as Hugging Face saves it, against its formula in doubles under Hugging Face's names.</summary>
public sealed class Dinov2Tests() : TensorTest(learns: false)
{
    [Theory]
    [InlineData("", 3, ScalarType.Float32)]
    [InlineData("", 5, ScalarType.Float32)]
    [InlineData("dinov2.", 2, ScalarType.BFloat16)]
    public void Its_states_are_those_of_the_formula_for_pictures_of_any_size(string prefix, int grid, ScalarType stored)
    {
        Dictionary<string, Tensor> weights = WriteDino(folder["dino"], Config, prefix: prefix, stored: stored);
        using Checkpoint file = CheckpointFiles.Open(folder["dino"]);
        using VisionTower tower = new(new(D, Heads, Layers, Patch, grid * Patch) { Form = VisionForm.Dinov2 });
        VisionInit.From(tower, file);
        tower.eval();
        Tensor picture = randn(1, 3, grid * Patch, grid * Patch);

        ByHand hand = new(weights);
        double[][] x = Embedded(hand, weights, picture, grid);
        Same(x, tower.HiddenStates(picture, 0)[0], 1e-6);
        for (int i = 0; i < Layers; i++) x = Block(hand, $"encoder.layer.{i}", x);
        Same(x, tower.HiddenStates(picture, Layers)[0], 1e-5);
        Same(hand.LayerNorm("layernorm", x, 1e-6), tower.forward(picture), 1e-5);
    }

    [Theory]
    [InlineData("\"gelu\"", "\"gelu_new\"", "hidden_act \"gelu_new\", where \"gelu\" is expected")]
    [InlineData("1e-06", "1e-05", "layer_norm_eps 1e-05, where 1E-06 is expected")]
    [InlineData("\"use_swiglu_ffn\": false", "\"use_swiglu_ffn\": true", "use_swiglu_ffn true, where false is expected")]
    [InlineData("\"dinov2\"", "\"dinov2_with_registers\"", "model_type \"dinov2_with_registers\", where \"dinov2\" is expected")]
    [InlineData("\"model_type\": \"dinov2\", ", "", "does not say model_type")]
    public void A_folder_of_another_network_is_refused_by_its_key(string from, string to, string says)
    {
        WriteDino(folder["dino"], Config.Replace(from, to));
        Refuses.Checkpoint(says, () => CheckpointFiles.Open(folder["dino"]));
    }

    [Theory]
    [InlineData("\"resample\": 3", "\"resample\": 2", "resample 2, where 3 is expected")]
    [InlineData("\"do_center_crop\": true", "\"do_center_crop\": false", "do_center_crop false, where true is expected")]
    [InlineData("{\"shortest_edge\": 18}", "{\"height\": 18, \"width\": 18}", "size {")]
    [InlineData("\"width\": 12}", "\"width\": 13}", "crop_size {")]
    [InlineData("[0.1, 0.2, 0.3]", "[0.1, 0.2]", "where a list of three numbers is expected")]
    [InlineData("[0.1, 0.2, 0.3]", "[0.1, 0, 0.3]", "three deviations above 0")]
    [InlineData("0.00392156862745098", "0.007843137254901960", "rescale_factor")]
    public void Pictures_that_would_be_prepared_in_another_way_are_refused_by_their_key(string from, string to, string says)
    {
        WriteDino(folder["dino"], pictures: SmallTowers.Pictures.Replace(from, to));
        Refuses.Checkpoint(says, () => CheckpointFiles.Open(folder["dino"]));
    }

    [Fact]
    public void The_preparation_of_pictures_is_part_of_the_folder_s_digest()
    {
        WriteDino(folder["dino"]);
        string before = CheckpointFiles.Digest(folder["dino"]);
        folder.Write("dino/preprocessor_config.json", SmallTowers.Pictures.Replace("0.4", "0.45"));
        Assert.NotEqual(before, CheckpointFiles.Digest(folder["dino"]));
    }

    [Fact]
    public void A_METER_takes_its_sizes_and_the_preparation_of_pictures_from_the_tower_s_folder()
    {
        WriteDino(folder["dino"]);
        BackboneRecipe recipe = Recipe();
        Assert.Equal("dinov2", (string?)Read(recipe)["visionTower"]);
        using BackboneModel model = ModelFiles.FromPretrained(recipe, TinyMeter.Vqa, 2, 0, 0, CPU, SkipMask.Empty);
        Assert.Equal((18, 12, 27), (model.Pictures!.Shorter, model.Pictures.Crop, model.Pictures.ShorterFor(18)));
        Assert.Equal((1, 17, D), Shape(model.ImageTower(zeros(1, 3, 16, 16))));
        Assert.Equal(model.Cost(4, 16, 16).Parameters.Total, model.state_dict().Values.Where(value => value.is_floating_point()).Sum(value => value.numel()));

        File.Delete(folder["dino/preprocessor_config.json"]);
        Refuses.Checkpoint("Nothing says how pictures are prepared", () =>
            ModelFiles.FromPretrained(recipe, TinyMeter.Vqa, 2, 0, 0, CPU, SkipMask.Empty));
    }

    [Fact]
    public void A_finished_LLaVA_holds_the_tower_and_the_preparation_of_pictures()
    {
        WriteDino(folder["dino"]);
        using Llava source = TinyLlava.New(SkipMask.Empty);
        SafetensorsWriter.Write(folder["decoder.safetensors"], source.Pretrained().Where(t => !t.Name.StartsWith("vision_tower") && !t.Name.StartsWith("mm_")),
            new Dictionary<string, string> { [ModelFiles.ConfigKey] = JsonSerializer.Serialize(TinyLlava.Config, JsonSerializerOptions.Web) });
        BackboneRecipe backbone = new() { Name = "llava", Checkpoint = folder["decoder.safetensors"], VisionCheckpoint = folder["dino"], ImageSize = 20,
            InLayerBottleneck = 4, ReplacementBottleneck = 6, Config = new() { ["newProjector"] = true, ["maxLength"] = 40 } };
        using BackboneModel model = ModelFiles.FromPretrained(backbone, new(), 0, 0, 0, CPU, SkipMask.Of(1));
        using Checkpoint file = CheckpointFiles.Open(folder["dino"]);
        using VisionTower tower = new(new(D, Heads, Layers, Patch, 20) { Form = VisionForm.Dinov2 });
        VisionInit.From(tower, file);
        Tensor picture = randn(1, 3, 20, 20);
        Tolerance.Exact.Check("patches before the last block", tower.HiddenStates(picture, Layers - 1)[0].narrow(1, 1, 25), model.ImageTower(picture));

        model.eval();
        Recipe recipe = new() { Name = "llava/x", Backbone = backbone, Benchmark = new() { Name = "aid20" } };
        ModelFiles.WriteFinetuned(folder["finished.safetensors"], model, new(), recipe, SkipMask.Of(1), 0, "aid20 1");
        using BackboneModel finished = ModelFiles.FromFinetuned(folder["finished.safetensors"], CPU, out _);
        Assert.Equal((18, 12, "0.4, 0.5, 0.6"), (finished.Pictures!.Shorter, finished.Pictures.Crop, string.Join(", ", finished.Pictures.Mean)));
        Tolerance.Exact.Check("finished", model.ImageTower(picture), finished.ImageTower(picture));
        Assert.Equal(finished.Cost(4, 20, 20).Parameters.Total, finished.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void A_LaVIN_reads_the_tower_s_class_token_at_several_depths_with_adapters_in_its_blocks()
    {
        WriteDino(folder["dino"]);
        using Checkpoint file = CheckpointFiles.Open(folder["dino"]);
        JsonObject stated = JsonNode.Parse(file.Metadata[Checkpoint.VisionKey])!.AsObject();
        LavinConfig config = TinyLavin.Config with
        {
            VisionTower = (string?)stated["visionTower"], Pictures = stated["pictures"].Deserialize<TowerPictures>(JsonSerializerOptions.Web),
            ImageSize = 16, PatchSize = Patch, ClipWidth = D, ClipHeads = Heads, ClipLayers = Layers, ClipEvery = 1,
        };
        using Lavin model = TinyLavin.New(SkipMask.Empty, config);
        Assert.Equal(LavinCost.Parameters(config, SkipMask.Empty).Total, model.parameters().Sum(p => p.numel()));
        VisionInit.From(model.ImageEncoder, file);
        foreach ((string _, Parameter p) in model.ImageEncoder.named_parameters().Where(p => p.name.Contains("adapter"))) p.zero_(); // silent
        using VisionTower bare = new(new(D, Heads, Layers, Patch, 16) { Form = VisionForm.Dinov2 });
        VisionInit.From(bare, file);
        Tensor picture = randn(1, 3, 16, 16);
        Tolerance.Exact.Check("class tokens", bare.ClassTokens(picture, 1), model.ImageEncoder.ClassTokens(picture, 1));
        Assert.Equal(2, model.ImageEncoder.ClassTokens(picture, 1).shape[1]);
    }

    [Fact]
    public void The_weight_file_alone_is_refused_and_the_folder_asked_for()
    {
        WriteDino(folder["dino"]);
        using Checkpoint file = CheckpointFiles.Open(folder["dino/model.safetensors"]);
        using VisionTower tower = new(new(D, Heads, Layers, Patch, 12) { Form = VisionForm.Dinov2 });
        Refuses.Checkpoint("give its folder", () => VisionInit.From(tower, file));
    }

    private static (long, long, long) Shape(Tensor x) => (x.shape[0], x.shape[1], x.shape[2]);

    /// <summary>A METER of the tower whose other weights are random.</summary>
    private BackboneRecipe Recipe()
    {
        using Meter whole = TinyMeter.New(SkipMask.Empty, TinyMeter.Config with { TextEncoder = "bert" });
        (string, Tensor)[] projection = [("cross_modal_image_transform.weight", zeros(16, D)), ("cross_modal_image_transform.bias", zeros(16))];
        SafetensorsWriter.Write(folder["meter.safetensors"], [.. projection, .. whole.Pretrained().Where(t =>
            !t.Name.StartsWith("vit_model") && !t.Name.Contains("image_transform"))], new Dictionary<string, string>
            {
                [ModelFiles.ConfigKey] = JsonSerializer.Serialize(TinyMeter.Config with { TextEncoder = "bert" }, JsonSerializerOptions.Web),
            });
        return new() { Name = "meter", Checkpoint = folder["meter.safetensors"], VisionCheckpoint = folder["dino"], ImageSize = 16, InLayerBottleneck = 4,
            ReplacementBottleneck = 6 };
    }

    private static JsonObject Read(BackboneRecipe recipe)
    {
        using Checkpoint checkpoint = CheckpointFiles.Open(recipe.Checkpoint);
        return ModelFiles.ReadConfig(checkpoint, recipe);
    }

    /// <summary>[class; W p + b of each patch] + positions, the grid of which is resized bicubically.</summary>
    private static double[][] Embedded(ByHand hand, Dictionary<string, Tensor> weights, Tensor picture, int grid)
    {
        double[][] pixels = Rows(picture); // (3 · side, side)
        int side = grid * Patch;
        double[][] patches = [.. Enumerable.Range(0, grid * grid).Select(at => (
            from channel in Enumerable.Range(0, 3) from y in Enumerable.Range(0, Patch) from x in Enumerable.Range(0, Patch)
            select pixels[(channel * side) + (at / grid * Patch) + y][(at % grid * Patch) + x]).ToArray())];
        double[][] positions = Rows(weights["embeddings.position_embeddings"]);
        double[][] tokens = [.. Rows(weights["embeddings.cls_token"]), .. hand.Linear("embeddings.patch_embeddings.projection", patches)];
        return Sum(tokens, [positions[0], .. Resized(positions[1..], Stored, grid)]);
    }

    /// <summary>x + λ1 attention(norm1 x), then x + λ2 MLP(norm2 x), both norms' ε 1e-6.</summary>
    private static double[][] Block(ByHand hand, string layer, double[][] x)
    {
        double[][] z = hand.LayerNorm($"{layer}.norm1", x, 1e-6);
        double[][] Project(string part) => hand.Linear($"{layer}.attention.attention.{part}", z);
        double[][] attended = hand.Linear($"{layer}.attention.output.dense",
            Attention(Project("query"), Project("key"), Project("value"), Heads, (_, _) => 0));
        x = Sum(x, Scaled(hand, $"{layer}.layer_scale1.lambda1", attended));
        double[][] inner = Each(hand.Linear($"{layer}.mlp.fc1", hand.LayerNorm($"{layer}.norm2", x, 1e-6)), Gelu);
        return Sum(x, Scaled(hand, $"{layer}.layer_scale2.lambda1", hand.Linear($"{layer}.mlp.fc2", inner)));
    }

    private static double[][] Scaled(ByHand hand, string name, double[][] x) =>
        [.. x.Select(row => row.Zip(hand.Vector(name), (value, scale) => value * scale).ToArray())];

    /// <summary>Keys' cubic convolution with a = -0.75, centres of pixels aligned and not corners, edges repeated, no antialiasing.</summary>
    private static double[][] Resized(double[][] grid, int stored, int to)
    {
        const double a = -0.75;
        static double Weight(double d)
        {
            double t = Math.Abs(d);
            if (t <= 1) return ((a + 2) * Math.Pow(t, 3)) - ((a + 3) * t * t) + 1;
            return t < 2 ? (a * Math.Pow(t, 3)) - (5 * a * t * t) + (8 * a * t) - (4 * a) : 0;
        }
        (int At, double Share)[] Taps(int target)
        {
            double source = ((target + 0.5) * stored / to) - 0.5;
            int first = (int)Math.Floor(source) - 1;
            return [.. Enumerable.Range(first, 4).Select(at => (Math.Clamp(at, 0, stored - 1), Weight(source - at)))];
        }
        return [.. from y in Enumerable.Range(0, to) from x in Enumerable.Range(0, to)
            select Enumerable.Range(0, grid[0].Length).Select(c => (from row in Taps(y) from column in Taps(x)
                select row.Share * column.Share * grid[(row.At * stored) + column.At][c]).Sum()).ToArray()];
    }
}
