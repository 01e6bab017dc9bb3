namespace Das.Tests.Recipes;

/// <summary>Every number of the published commands (method §1.6, §2.6, §3.5, §7) stands in its recipe, and every published size in its backbone.</summary>
public sealed class PublishedValuesTests
{
    private static readonly RecipeCatalog Shipped = new(Path.Combine(Repository.Root, "recipes"));

    /// <summary>Bottlenecks; K, T, eta, epochs, warm-up in epochs, in micro-steps; grouping, AdamW's form, betas, epsilon, decay, schedule, dropout,
    /// augmented, factor of cross-modal layers, projector's rate, recomputed.</summary>
    private const string
        Vilt = "96, 192, 3, 10, 1, 3, 1, , vilt, hf, 0.9, 0.98, 1E-08, 0.01, linear, 0.1, True, 1, , False",
        Meter = "96, 288, 3, 10, 1, 3, 1, , vilt, hf, 0.9, 0.98, 1E-08, 0.01, linear, 0.1, True, 5, , False",
        Lavin = "8, 32, 3, 0, 0.05, 10, 5, , lavin, torch, 0.9, 0.95, 1E-08, 0.02, cosine, 0.1, False, 1, , False",
        Llama = "8, 32, 3, 0, 0.05, {0}, {1}, , lavin, torch, 0.9, 0.95, 1E-08, 0.02, cosine, 0.1, True, 1, , False",
        Llava = "64, 256, 5, 3, 0.1, 20, 1, {0}, llava, torch, 0.9, 0.999, 1E-08, 0, cosine, 0, False, 1, 2E-05, True";

    /// <summary>Recipe, what its family shares, and its own: pixels, m, samples of a reward, batch, micro-batch, rate, head's multiplier, rise as a share,
    /// in epochs, in steps; of fine-tuning: epochs, rate, rise as a share, in epochs, in steps.</summary>
    public static TheoryData<string, string, string> Commands => new()
    {
        { "vilt/vqav2", Vilt, "384, 1, 64, 256, 64, 0.0001, 10, 0.1, , , 10, 0.0001, 0.1, , " },
        { "vilt/nlvr2", Vilt, "384, 1, 64, 128, 64, 0.0005, 1, 0.1, , , 10, 0.0005, 0.1, , " },
        { "vilt/f30k", Vilt, "384, 1, 4, 256, 4, 0.0005, 1, 0.1, , , 10, 0.0005, 0.1, , " },
        { "meter/vqav2", Meter, "384, 4, 32, 512, 32, 2.5E-05, 50, 0.1, , , 10, 2.5E-05, 0.1, , " },
        { "meter/nlvr2", Meter, "288, 4, 32, 256, 32, 5E-05, 10, 0.1, , , 10, 5E-05, 0.1, , " },
        { "meter/f30k", Meter, "384, 4, 2, 512, 2, 5E-05, 5, 0.1, , , 10, 5E-05, 0.1, , " },
        { "lavin/scienceqa", Lavin, "224, 6, 32, 32, 8, 0.001125, 10, 0.1, 4, , 20, 0.001125, 0.1, 2, " },
        { "llama/boolq", string.Format(Llama, 10, 3), "384, 6, 32, 32, 8, 1.25E-05, 10, 0.1, 1, , 5, 1.25E-05, 0.1, 1, " },
        { "llama/commonsenseqa", string.Format(Llama, 5, 2), "384, 6, 32, 32, 8, 1.25E-05, 10, 0.1, 1, , 5, 1.25E-05, 0.1, 1, " },
        { "llama/gsm8k", string.Format(Llama, 10, 5), "384, 4, 32, 32, 8, 1.25E-05, 10, 0.1, 1, , 20, 1.25E-05, 0.1, 1, " },
        { "llava/aid20", string.Format(Llava, 379), "336, 4, 32, 128, 32, 0.0004, 10, 0.03, , , 20, 0.0004, 0.1, , 90" }, // the share: method §8 B23
        { "llava/aid50", string.Format(Llava, 379), "336, 4, 32, 128, 32, 0.0004, 10, 0.1, , 380, 20, 0.0004, 0.1, , 90" },
        { "llava/slake", string.Format(Llava, 1139), "336, 4, 32, 128, 32, 0.0002, 10, 0.03, , , 20, 0.0006, 0.1, , 90" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_published_command_s_numbers_are_its_recipe_s(string name, string family, string own)
    {
        Recipe recipe = Shipped.Load(name);
        (BackboneRecipe backbone, SearchRecipe search, FinetuneRecipe after) = (recipe.Backbone, recipe.Search, recipe.Finetune);
        static string Line(params object?[] values) => string.Join(", ", values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
        foreach (OptimizationRecipe o in (OptimizationRecipe[])[search.Optimization, after.Optimization])
        {
            Assert.Equal(family, Line(backbone.InLayerBottleneck, backbone.ReplacementBottleneck, search.Candidates, search.Every, search.StepSize,
                search.Epochs, search.WarmupEpochs, search.WarmupSteps, o.Grouping, o.Optimizer, o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay, o.Schedule,
                o.Dropout, o.Augment, o.CrossModalMultiplier, o.ProjectorLearningRate, o.Recompute));
            Assert.Equal(own, Line(backbone.ImageSize, search.Skip, search.RewardBatch, o.Batch, o.MicroBatch, search.Optimization.LearningRate,
                o.HeadMultiplier, search.Optimization.Warmup, search.Optimization.WarmupEpochs, search.Optimization.WarmupSteps, after.Epochs,
                after.Optimization.LearningRate, after.Optimization.Warmup, after.Optimization.WarmupEpochs, after.Optimization.WarmupSteps));
            Assert.Equal((0.0, null, 15), (o.MinLearningRate, o.Clip, o.Negatives));
        }
        Assert.Equal((1.0, backbone.Name == "llava"), (search.RewardScale, search.Curriculum));
    }

    private const string LlamaSizes = """
        "vocabSize":32000,"dim":4096,"layers":32,"heads":32,"kvHeads":null,"hidden":null,"multipleOf":256,"ropeTheta":10000,"endOfText":null,
        "adapterScale":1,"routerTemperature":10,"dropRate":0.1,"dtype":"bfloat16","quantization":"none"
        """;

    [Theory]
    [InlineData("vilt", """
        {"vocabSize":30522,"hiddenSize":768,"numHeads":12,"numLayers":12,"mlpRatio":4,"maxTextLength":40,"dropRate":0.1,"imageSize":384,"patchSize":32,
        "maxImageLength":-1,"tokenTypes":2,"inLayerBottleneck":96,"replacementBottleneck":192}
        """)]
    [InlineData("meter", """
        {"vocabSize":50265,"hiddenSize":768,"numHeads":12,"numLayers":6,"mlpRatio":4,"maxTextLength":50,"dropRate":0.1,"textEncoder":"roberta","textLayers":12,
        "textIntermediate":3072,"textPositions":514,"textDropRate":0.1,"imageSize":384,"patchSize":16,"clipWidth":768,"clipHeads":12,"clipLayers":11,
        "tokenTypes":2,"inLayerBottleneck":96,"replacementBottleneck":288}
        """)]
    [InlineData("llama", $$"""
        { {{LlamaSizes}},"normEps":1e-6,"maxLength":512,"inLayerBottleneck":8,"replacementBottleneck":32,"adapterPlaces":"attn","adapterForm":"bottleneck"}
        """)]
    [InlineData("lavin", $$"""
        { {{LlamaSizes}},"normEps":1e-6,"maxLength":512,"inLayerBottleneck":8,"replacementBottleneck":32,"adapterPlaces":"attn","adapterForm":"router",
        "imageSize":224,"patchSize":14,"clipWidth":1024,"clipHeads":16,"clipLayers":24,"clipEvery":4,"hiddenProj":128,"visualAdapterType":"router",
        "visualRouting":"image","imagePrefix":[7084,29901,29871],"noImagePrefix":[7084,29901,405,29914,29909]}
        """)]
    [InlineData("llava", $$"""
        { {{LlamaSizes}},"normEps":1e-5,"maxLength":2048,"inLayerBottleneck":64,"replacementBottleneck":256,"adapterPlaces":"block","adapterForm":"bottleneck",
        "imageSize":336,"patchSize":14,"clipWidth":1024,"clipHeads":16,"clipLayers":24,"clipHidden":null,"selectLayer":-2,"selectFeature":"patch",
        "projector":"mlp2x_gelu","newProjector":false}
        """)]
    public void A_backbone_s_sizes_are_those_of_the_published_weights(string name, string sizes)
    {
        JsonObject expected = JsonNode.Parse(sizes)!.AsObject(), actual = BackboneCatalog.Get(name).Published;
        Assert.Equal(expected.Select(v => v.Key).Order(), actual.Select(v => v.Key).Order());
        Assert.All(expected, v => Assert.True(JsonNode.DeepEquals(v.Value, actual[v.Key]), $"{v.Key}: {actual[v.Key]}, not {v.Value}"));
    }

    [Theory]
    [InlineData("scienceqa", 64)]
    [InlineData("boolq", 10)]
    [InlineData("commonsenseqa", 10)]
    [InlineData("gsm8k", 256)]
    [InlineData("aid20", 10)]
    [InlineData("aid50", 10)]
    [InlineData("slake", 10)]
    public void A_benchmark_lets_a_decoder_write_as_many_tokens_as_published(string name, int tokens) =>
        Assert.Equal(tokens, ((LanguageBenchmark)BenchmarkCatalog.Get(name)).MaxNewTokens);
}
