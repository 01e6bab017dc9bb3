
namespace Das.Tests.Pipeline;

/// <summary>Every language task on every decoder, from raw files to a report.</summary>
public sealed class LanguageTaskTests
{
    public static TheoryData<string, string> Combinations => new MatrixTheoryData<string, string>(["llama", "lavin", "llava"], ["slake", "scienceqa", "gsm8k"]);

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task A_task_runs_through_all_stages_and_a_second_time_to_the_same_report(string backbone, string benchmark)
    {
        using TemporaryFolder source = Source(benchmark), work = new();
        string dataset = await Ingested(benchmark, source, work);
        Recipe recipe = RecipeOf(TinyDecoders.Write(backbone, work["pretrained.safetensors"]), benchmark);

        var (_, skipped, first, second) = StageRuns.All(work, dataset, recipe, recipe with { Evaluate = recipe.Evaluate with { Batch = 2 } });
        Assert.Single(skipped);
        Assert.Equal(first["metrics"]!.ToJsonString(), second["metrics"]!.ToJsonString()); // whatever is asked together
        string[] expected = benchmark switch
        {
            "slake" =>
            [
                "accuracy", "publishedAccuracy", "unanswered", "openAccuracy", "closedAccuracy", "publishedOpenAccuracy", "publishedClosedAccuracy",
                    "openExact", "closedExact",
                "publishedExactMatch", "openF1", "openPrecision", "openRecall", "openBleu", "openBleu1", "openBleu2", "openBleu3",
            ],
            "scienceqa" => ["accuracy", "likelihoodAccuracy", "likelihoodAccuracyNorm", "unanswered", "NAT", "SOC", "LAN", "TXT", "IMG", "NO", "G1-6", "G7-12",
                "AVG"],
            _ => ["accuracy", "publishedAccuracy", "unanswered"],
        };
        Assert.Equal(expected, first["metrics"]!.AsObject().Select(m => m.Key));
        Assert.Equal(benchmark switch { "slake" => ["majorityAnswer", "openMajorityAnswer", "closedMajorityAnswer"], "scienceqa" =>
            ["majorityAnswer", "chance"], _ => Array.Empty<string>() },
            first["baselines"]!.AsObject().Select(b => b.Key));
        Assert.Equal(first["queries"]!.GetValue<int>(), File.ReadLines(Path.Combine(StageRuns.Folder(work, "evaluate"), "predictions.jsonl")).Count());
        Assert.True(first["macs"]!["skipped"]!.GetValue<long>() < first["macs"]!["full"]!.GetValue<long>());
        bool shows = backbone != "llama" && benchmark != "gsm8k";
        Assert.Equal(shows ? 28 : 0, first["macs"]!["imageHeight"]!.GetValue<int>());
        Assert.Equal(backbone == "llava" && benchmark != "gsm8k", Directory.Exists(work["store/towers"]));
        AssertAnswersAsEvaluated(work, dataset, recipe);
    }

    /// <summary>Who asks the finished model a question of the test split alone hears what the evaluation heard.</summary>
    private static void AssertAnswersAsEvaluated(TemporaryFolder work, string dataset, Recipe recipe)
    {
        using FinishedDecoder finished = new(Path.Combine(StageRuns.Folder(work, "finetune"), ResultFiles.Checkpoint), recipe.Backbone, "cpu");
        using LanguageTable asked = TaskKinds.Language.Open(DatasetManifest.Load(dataset), "test");
        int most = recipe.Evaluate.MaxNewTokens > 0 ? recipe.Evaluate.MaxNewTokens
            : ((LanguageBenchmark)BenchmarkCatalog.Get(recipe.Benchmark.Name)).MaxNewTokens;
        string[] heard = [.. File.ReadLines(Path.Combine(StageRuns.Folder(work, "evaluate"), "predictions.jsonl"))
            .Select(line => JsonNode.Parse(line)!["continuation"]!.GetValue<string>())];
        bool sees = recipe.Backbone.Name != "llama";
        Assert.Equal(heard, Enumerable.Range(0, asked.Count).Select(row => asked[row]).Select(sample =>
            finished.Answer([], sample.Query, sees ? sample.Image : default, most, Token)));
        if (!sees) Assert.Contains("reads no pictures", Assert.Throws<DasException>(() => finished.Answer([], "What?", new byte[] { 1 }, 1, Token)).Message);
        Assert.Contains("no room for an answer", Assert.Throws<DasException>(() =>
            finished.Answer([], string.Concat(Enumerable.Repeat("so hot ", 400)), default, 1, Token)).Message);
    }

    [Fact]
    public async Task Searching_and_finetuning_end_with_the_same_bits_with_and_without_kept_towers()
    {
        using TemporaryFolder source = Source("slake"), work = new();
        string dataset = await Ingested("slake", source, work);
        BackboneRecipe backbone = TinyDecoders.Write("llava", work["pretrained.safetensors"]);
        foreach (string stage in (string[])["search", "finetune"]) Assert.Equal(Numbers("no", stage), Numbers("float32", stage));
        Assert.Equal(2, Directory.GetFiles(work["store/towers"], "*.arrow").Length); // of train and val

        byte[] Numbers(string keep, string stage)
        {
            Recipe recipe = RecipeOf(backbone with { KeepTowers = keep }, "slake");
            string name = $"{stage}-{keep}", folder = StageRuns.Folder(work, name);
            if (stage == "search") return Encoding.UTF8.GetBytes(StageRuns.Run(work, name, ResultFiles.Search, w =>
                SearchWork.Run(recipe, dataset, w, Token)).ToJsonString());
            StageRuns.Run(work, name, ResultFiles.Losses, w => FinetuneWork.Run(recipe, dataset, SkipMask.Of([1]), w, Token));
            using Checkpoint written = Checkpoint.Open(Path.Combine(folder, ResultFiles.Checkpoint));
            return [.. written.Names.SelectMany(tensor => written.Read(tensor).bytes.ToArray())];
        }
    }

    [Fact]
    public async Task A_picture_is_kept_once_however_many_questions_are_about_it_and_a_text_without_one_shows_none()
    {
        using TemporaryFolder source = Source("scienceqa"), work = new();
        string dataset = await Ingested("scienceqa", source, work);
        Recipe recipe = RecipeOf(TinyDecoders.Write("llava", work["pretrained.safetensors"]), "scienceqa");
        DatasetManifest manifest = DatasetManifest.Load(dataset);
        using BackboneModel model = ModelFiles.FromPretrained(recipe.Backbone, new(), 2, 0, 0, torch.CPU, null);
        TaskContext context = new(recipe, dataset, work["towers"], (_, _, _) => { }, Token) { Resume = (_, _) => throw new UnreachableException() };
        TaskInputs inputs = new(context, manifest, model, [TinyDecoders.Vocabulary], torch.CPU, () => "weights");
        TrainableTask task = TrainableTasks.Of(manifest.Task);
        using TaskSplit kept = task.Open(inputs, "train", "train"), fresh = task.Open(inputs, "train", "train", keep: false);
        using LanguageTable table = TaskKinds.Language.Open(manifest, "train");
        int[] rows = [.. Enumerable.Range(0, table.Count)];
        Assert.Equal([true, false, true], rows.Select(row => table[row].HasImage));
        TokenBatch a = Batch(kept), b = Batch(fresh);
        Assert.Equal((3, 4), (a.Image!.dim(), b.Image!.dim()));
        Assert.Equal([true, false, true], a.HasImage!);
        Assert.Equal(a.HasImage!, b.HasImage!);
        Assert.Equal(0, a.Image[1].abs().max().item<float>() + b.Image[1].abs().max().item<float>());
        var decoder = (LanguageModel)model;
        Assert.Equal(decoder.Assemble(b).Embeddings.data<float>().ToArray(), decoder.Assemble(a).Embeddings.data<float>().ToArray());
        using FeatureTable features = new(Assert.Single(Directory.GetFiles(work["towers"], "*.arrow")));
        Assert.Equal(1, features.Count); // both show the same picture

        TokenBatch Batch(TaskSplit split) => ((LanguageBatch)split.Load(rows, 0)).Tokens;
    }

    [Fact]
    public async Task Texts_beyond_the_longest_sequence_are_counted_by_reason_in_results_progress_and_report()
    {
        using TemporaryFolder source = new(), work = new();
        foreach ((string split, int count) in new[] { ("train", 12), ("test", 6) })
            File.WriteAllLines(source[$"{split}.jsonl"], Enumerable.Range(0, count).Select(i => new JsonObject
            {
                ["question"] = i % 3 == 0 ? string.Concat(Enumerable.Repeat("The sun was hot. ", 100)) + i : $"How many are {split} {i}?",
                ["answer"] = $"It is {(i == 1 ? string.Concat(Enumerable.Repeat("so hot ", 200)) : "")}\n#### {i}",
            }.ToJsonString()));
        string dataset = await Ingested("gsm8k", source, work);
        Recipe recipe = RecipeOf(TinyDecoders.Write("llama", work["pretrained.safetensors"]), "gsm8k");
        List<string> notes = [];
        StageWorkspace Workspace(string stage) => new(Guid.NewGuid(), stage, Directory.CreateDirectory(StageRuns.Folder(work, stage)).FullName, (progress, _) =>
        {
            lock (notes) notes.Add(progress.Note);
            return Task.CompletedTask;
        }, CancellationToken.None);
        StageOutcome tuned = FinetuneWork.Run(recipe, dataset, SkipMask.Of([1]), Workspace("finetune"), CancellationToken.None);
        string counted = $"{tuned.LeftOut}";
        Assert.Matches(@"^train: [34] texts left out, all of whose answer lies beyond maxLength \(600 positions\)", counted);
        Assert.Contains(notes, note => note.Contains("texts left out", StringComparison.Ordinal));
        StageOutcome evaluated = EvaluateWork.Run(recipe, dataset, StageRuns.Folder(work, "finetune"), Workspace("evaluate"), CancellationToken.None,
            tuned.LeftOut);
        Assert.Equal("test: 2 questions unanswered, which leave no room for an answer within maxLength (600 positions)", $"{evaluated.LeftOut}");
        EvaluationReport report = ResultFiles.Read<EvaluationReport>(Path.Combine(StageRuns.Folder(work, "evaluate"), ResultFiles.Report));
        Assert.Equal($"{evaluated.LeftOut}; {counted}", $"{report.LeftOut}");
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("lavin")]
    [InlineData("llava")]
    public async Task Choices_compared_as_texts_are_answered_by_likelihood_whatever_is_compared_together(string backbone)
    {
        using TemporaryFolder source = Source("scienceqa"), work = new();
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get("scienceqa"), source.Path, new() { ["choices"] = "texts" }, "stop", work["dataset"], null, Token);
        Recipe recipe = RecipeOf(TinyDecoders.Write(backbone, work["pretrained.safetensors"]), "scienceqa");
        var (_, _, first, second) = StageRuns.All(work, work["dataset"], recipe, recipe with { Evaluate = recipe.Evaluate with { Batch = 1 } });
        Assert.Equal(first["metrics"]!.ToJsonString(), second["metrics"]!.ToJsonString());
        Assert.Equal(first["metrics"]!["accuracy"]!.ToJsonString(), first["metrics"]!["likelihoodAccuracy"]!.ToJsonString());
        Assert.Equal(0, (double)first["metrics"]!["unanswered"]!["mean"]!);
        foreach (string line in File.ReadLines(Path.Combine(StageRuns.Folder(work, "evaluate"), "predictions.jsonl")))
        {
            JsonNode said = JsonNode.Parse(line)!;
            double[] likelihoods = [.. said["likelihoods"]!.AsArray().Select(value => (double)value!)];
            string likeliest = (string)said["letters"]![Array.IndexOf(likelihoods, likelihoods.Max())]!;
            Assert.Equal(("", likeliest), ((string)said["continuation"]!, (string)said["answer"]!));
            Assert.Equal((string)said["answer"]! == (string)said["expected"]! ? 1 : 0, (int)said["score"]!);
        }
    }

    [Fact]
    public async Task An_answer_measured_by_its_likelihood_is_scored_by_the_probability_of_its_characters()
    {
        using TemporaryFolder source = Source("gsm8k"), work = new();
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get("gsm8k"), source.Path, new() { ["answers"] = "likelihood" }, "stop", work["dataset"], null, Token);
        Recipe recipe = RecipeOf(TinyDecoders.Write("llama", work["pretrained.safetensors"]), "gsm8k");
        var (_, _, first, second) = StageRuns.All(work, work["dataset"], recipe, recipe with { Evaluate = recipe.Evaluate with { Batch = 1 } });
        Assert.Equal((double)first["metrics"]!["answerLikelihood"]!["mean"]!, (double)second["metrics"]!["answerLikelihood"]!["mean"]!, 1e-8); // float32
        Assert.Equal(["answerLikelihood", "unanswered"], first["metrics"]!.AsObject().Select(metric => metric.Key));
        Assert.Empty(first["baselines"]!.AsObject());
        JsonNode[] said = [.. File.ReadLines(Path.Combine(StageRuns.Folder(work, "evaluate"), "predictions.jsonl")).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(4, said.Length);
        double[] perCharacter = [.. said.Select(one => Math.Exp((double)one["likelihoods"]![0]! / $"It is {one["expected"]}.\n#### {one["expected"]}".Length))];
        Assert.Equal(perCharacter, said.Select(one => (double)one["score"]!));
        Assert.Equal(perCharacter.Average(), (double)first["metrics"]!["answerLikelihood"]!["mean"]!, 12);
        Assert.All(perCharacter, probability => Assert.InRange(probability, 0.001, 0.999));
    }

    [Fact]
    public async Task A_question_whose_choices_leave_no_room_is_unanswered_and_counted()
    {
        using TemporaryFolder source = new(), work = new();
        string[] questions = [.. new[] { "What is it?", string.Concat(Enumerable.Repeat("The sun was hot. ", 200)) }.Select((stem, i) => new JsonObject
        {
            ["id"] = $"{i}", ["answerKey"] = "B", ["question"] = new JsonObject
            {
                ["stem"] = stem, ["question_concept"] = "sun", ["choices"] = new JsonArray(
                    new JsonObject { ["label"] = "A", ["text"] = "a pond" }, new JsonObject { ["label"] = "B", ["text"] = "hot" }),
            },
        }.ToJsonString())];
        File.WriteAllLines(source["train.jsonl"], [questions[0], questions[0].Replace("it", "that").Replace("\"0\"", "\"2\"")]);
        File.WriteAllLines(source["valid.jsonl"], questions);
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get("commonsenseqa"), source.Path, new() { ["choices"] = "texts" }, "stop", work["dataset"], null,
            Token);
        Recipe recipe = RecipeOf(TinyDecoders.Write("llama", work["pretrained.safetensors"]), "commonsenseqa");
        StageRuns.Run(work, "finetune", ResultFiles.Losses, w => FinetuneWork.Run(recipe, work["dataset"], SkipMask.Of([1]), w, Token));
        JsonObject report = StageRuns.Run(work, "evaluate", ResultFiles.Report, w =>
            EvaluateWork.Run(recipe, work["dataset"], StageRuns.Folder(work, "finetune"), w, Token));
        Assert.Equal(0.5, (double)report["metrics"]!["unanswered"]!["mean"]!);
        string file = Path.Combine(StageRuns.Folder(work, "evaluate"), ResultFiles.Report);
        Assert.Equal("test: 1 questions unanswered, which leave no room for an answer within maxLength (600 positions)",
            $"{ResultFiles.Read<EvaluationReport>(file).LeftOut}");
        Assert.True((double)report["metrics"]!["accuracy"]!["mean"]! <= 0.5);
    }

    [Theory]
    [InlineData("scienceqa", 0.7)]
    [InlineData("gsm8k", 0)]
    public async Task An_evaluation_ended_behind_every_batch_writes_and_scores_the_same(string benchmark, double temperature)
    {
        using TemporaryFolder source = Source(benchmark, test: 9), work = new();
        string dataset = await Ingested(benchmark, source, work);
        Recipe recipe = RecipeOf(TinyDecoders.Write("llama", work["pretrained.safetensors"]), benchmark);
        recipe = recipe with { Evaluate = recipe.Evaluate with { Batch = 1, Temperature = temperature, TopP = 0.9, MaxNewTokens = 4 } };
        Assert.InRange(StageRuns.SameByBatches(work, dataset, recipe).Attempts, 3, 100);
    }

    private static async Task<string> Ingested(string benchmark, TemporaryFolder source, TemporaryFolder work)
    {
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get(benchmark), source.Path, null, "stop", work["dataset"], null, Token);
        return work["dataset"];
    }

    private static TemporaryFolder Source(string benchmark, int test = 4)
    {
        if (benchmark == "slake") return ConversationSources.Slake();
        if (benchmark == "scienceqa") return ScienceQaTests.Mixed(test);
        TemporaryFolder source = new();
        File.WriteAllLines(source["train.jsonl"], Enumerable.Range(0, 12).Select(i => LanguageTasksTests.Gsm8k(i)));
        File.WriteAllLines(source["test.jsonl"], Enumerable.Range(20, test).Select(i => LanguageTasksTests.Gsm8k(i)));
        return source;
    }

    private static Recipe RecipeOf(BackboneRecipe backbone, string benchmark)
    {
        OptimizationRecipe optimization = new() { Batch = 2, MicroBatch = 2, LearningRate = 1e-2, Grouping = backbone.Name == "llava" ? "llava" : "lavin",
            Optimizer = "torch", Dropout = 0 };
        return new()
        {
            Name = $"{backbone.Name}/{benchmark}",
            Device = "cpu",
            Backbone = backbone,
            Benchmark = new() { Name = benchmark },
            Search = new() { Skip = 1, Every = 1, WarmupEpochs = 0.5, Epochs = 1, RewardBatch = 2, Optimization = optimization },
            Finetune = new() { Epochs = 1, Optimization = optimization },
            Evaluate = new() { Batch = 3, MaxNewTokens = 4, TimingRounds = 0 },
        };
    }
}
