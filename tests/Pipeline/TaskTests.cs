
namespace Das.Tests.Pipeline;

/// <summary>Every task on every backbone, from raw files to a report.</summary>
public sealed class TaskTests
{
    public static TheoryData<string, string> Combinations => new MatrixTheoryData<string, string>(["vilt", "meter"], ["nlvr2", "karpathy"]);

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task A_task_runs_through_all_stages_and_a_second_time_to_the_same_report(string backbone, string benchmark)
    {
        using TemporaryFolder source = benchmark == "nlvr2" ? PairSources.Small() : Captions(), work = new();
        JsonObject? options = benchmark == "nlvr2" ? new() { ["valRows"] = 4 } : new() { ["name"] = "set", ["json"] = "set.json", ["images"] = "images" };
        string dataset = work["dataset"];
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get(benchmark), source.Path, options, "stop", dataset, null, Token);
        Recipe recipe = RecipeOf(backbone, benchmark, work);

        var (found, skipped, first, second) = StageRuns.All(work, dataset, recipe, recipe);
        Assert.Equal(2, skipped.Distinct().Count());
        Assert.NotEmpty(found["preferencesOverTime"]!.AsArray());
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        Assert.Equal(skipped, first["skipModule"]!.AsArray().Select(i => i!.GetValue<int>()));
        string[] expected = benchmark == "nlvr2" ? ["accuracy", "devAccuracy"]
            : ["irRecall1", "irRecall5", "irRecall10", "trRecall1", "trRecall5", "trRecall10"];
        Assert.Equal(expected, first["metrics"]!.AsObject().Select(m => m.Key));
        Assert.All(first["metrics"]!.AsObject(), m => Assert.InRange(m.Value!["mean"]!.GetValue<double>(), 0, 1));
        // 8 + 6 sentences in test and dev; 4 images with 2 different captions each.
        Assert.Equal(benchmark == "nlvr2" ? 12 + 8 : 4 + 8, first["queries"]!.GetValue<int>());
        Assert.Equal(first["queries"]!.GetValue<int>(), File.ReadLines(Path.Combine(StageRuns.Folder(work, "evaluate"), "predictions.jsonl")).Count());
        Assert.True(first["macs"]!["skipped"]!.GetValue<long>() < first["macs"]!["full"]!.GetValue<long>());
        if (benchmark == "karpathy") Assert.Equal(0.25, first["baselines"]!["irRecall1Chance"]!.GetValue<double>(), 12);
    }

    [Theory]
    [InlineData("nlvr2", 3 + 2)] // 12 sentences in test and 8 in dev, four a batch
    [InlineData("karpathy", 4)] // pictures with 8 captions
    public async Task An_evaluation_ended_behind_every_batch_predicts_and_scores_the_same(string benchmark, int attempts)
    {
        using TemporaryFolder source = benchmark == "nlvr2" ? PairSources.Small() : Captions(), work = new();
        JsonObject? options = benchmark == "nlvr2" ? new() { ["valRows"] = 4 } : new() { ["name"] = "set", ["json"] = "set.json", ["images"] = "images" };
        string dataset = work["dataset"];
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get(benchmark), source.Path, options, "stop", dataset, null, Token);
        Recipe recipe = RecipeOf("vilt", benchmark, work);
        if (benchmark == "karpathy") recipe = recipe with { Evaluate = recipe.Evaluate with { Batch = 8 } };
        int threads = torch.get_num_threads();
        torch.set_num_threads(1); // As many pictures are ranked at once.
        try { Assert.Equal(attempts, StageRuns.SameByBatches(work, dataset, recipe).Attempts); }
        finally { torch.set_num_threads(threads); }
    }

    private static TemporaryFolder Captions()
    {
        TemporaryFolder source = new();
        CaptionSources.Lay(source, CaptionSources.Json(("train", 10), ("val", 4), ("test", 4)), "set.json", "images");
        return source;
    }

    private static Recipe RecipeOf(string backbone, string benchmark, TemporaryFolder work)
    {
        string checkpoint = backbone == "vilt" ? Path.Combine(TinyShapes.Models, "model.safetensors") : work["pretrained.safetensors"];
        if (backbone == "meter") TinyMeter.WritePretrained(checkpoint);
        OptimizationRecipe optimization = new() { Batch = 4, MicroBatch = 4, LearningRate = 1e-3, HeadMultiplier = 1, Augment = true, Negatives = 3 };
        return new()
        {
            Name = $"{backbone}/{benchmark}",
            Device = "cpu",
            Backbone = new() { Name = backbone, Checkpoint = checkpoint, Vocabulary = TinyMeter.Vocabulary, ImageSize = 64, InLayerBottleneck = 4,
                ReplacementBottleneck = 6, KeepTowers = "float32" },
            Benchmark = new() { Name = benchmark },
            Search = new() { Skip = 2, Every = 2, WarmupEpochs = 0.2, Epochs = 1, RewardBatch = 4, Optimization = optimization },
            Finetune = new() { Epochs = 1, Optimization = optimization },
            Evaluate = new() { Batch = 4, TimingRounds = 0 },
        };
    }
}
