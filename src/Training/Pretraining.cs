using Das.Benchmarks.Catalog.Shapes;

namespace Das.Training;

/// <summary>
/// Masked language modelling and image-text matching on generated scenes or captioned pictures (ViLT's two objectives, method §2.2). The first
/// half of a batch shows pictures with hidden words; in the second half every other caption is a wrong one. Towers that are given stay as they are.
/// </summary>
public sealed class Pretraining : ITrainingTask, IDisposable
{
    public const string CheckpointFile = "model.safetensors", LogFile = "training-log.json";
    private const int LogPoints = 60;

    private readonly PretrainRecipe recipe;
    private readonly Device device;
    private readonly IReadOnlyList<string> vocabulary;
    private readonly Tokenizer tokenizer;
    private readonly JsonObject config;
    private readonly VisionLanguageModel model;
    private readonly Backbone backbone;
    private readonly string[] frozen;
    private readonly Dictionary<string, string> digests = [];
    private CaptionedPairs? pairs;
    private (long Step, Task<Prepared> Batch)? next;

    private sealed record Prepared(Func<Tensor> Pictures, TextBatch Text, long[] Hidden, long[] Matches);

    public Pretraining(PretrainRecipe recipe)
    {
        this.recipe = recipe;
        device = Devices.Resolve(recipe.Device);
        vocabulary = BackboneFiles.VocabularyNamed(recipe.Vocabulary);
        tokenizer = BackboneFiles.Tokenizer(vocabulary);
        backbone = BackboneCatalog.Get(recipe.Backbone);
        using Checkpoint? vision = Part(recipe.VisionCheckpoint, "das.vision_sha256"), text = Part(recipe.TextCheckpoint, "das.text_sha256");
        config = backbone.Configure(ModelFiles.Stated((vision, Checkpoint.VisionKey), (text, Checkpoint.TextKey)), recipe.Config, "config");
        if (text is not null && (int)config["vocabSize"]! != tokenizer.Count)
            throw new DasException(ErrorKind.Recipe, $"vocabulary '{recipe.Vocabulary}' has {tokenizer.Count} tokens, and the text tower '{text.Path}' "
                + $"{config["vocabSize"]}: give the one that the tower was trained with.");
        config["vocabSize"] = tokenizer.Count;
        if (recipe.Captions is null && config["imageSize"]!.GetValue<int>() != ShapesScene.Size)
            throw new DasException(ErrorKind.Recipe,
                $"config.imageSize is {config["imageSize"]}, but the generated scenes are {ShapesScene.Size} pixels wide.");
        manual_seed(unchecked((long)Seeds.Of(recipe.Seed, "init", 0)));
        model = backbone.Build(config, new TaskHeads(Mlm: true, Itm: true), Models.Skipping.SkipMask.Empty) as VisionLanguageModel
            ?? throw new DasException(ErrorKind.Recipe, $"backbone '{recipe.Backbone}' cannot be pretrained on captioned pictures; it does not fuse texts with "
                + "images.");
        frozen = [.. model.LoadFrozen(new(vision, text))];
        model.to(device);

        Checkpoint? Part(string? path, string key)
        {
            if (path is null) return null;
            digests[key] = CheckpointFiles.Digest(path);
            return CheckpointFiles.Open(path);
        }
    }

    /// <summary>Trains to the end, resuming from <paramref name="workspace"/>, and writes checkpoint, vocabulary and log to the recipe's output
    /// folder.</summary>
    public void Run(string workspace, Action<long, long, float> progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(workspace);
        // Adapters are the downstream stages' business: a pretrained model has none (its own start from their recipe).
        (string Name, TorchSharp.Modules.Parameter Parameter)[] parameters =
            [.. model.named_parameters().Where(p => !p.name.Contains("adapter") && !IsFrozen(p.name))];
        foreach (TorchSharp.Modules.Parameter adapter in model.named_parameters().Where(p => p.name.Contains("adapter"))
            .Select(p => p.parameter))
            using (no_grad()) adapter.requires_grad_(false).zero_();
        using DecoupledAdam optimizer = new(ParameterGroups.Of(parameters, recipe.LearningRate, ParameterGroups.Vilt(1, recipe.WeightDecay)), 0.9, 0.98, 1e-8);
        using CaptionedPairs opened = Pairs(workspace, progress, cancellation);
        pairs = opened;
        TrainingPlan plan = new(recipe.Steps, 1, recipe.Seed, TimeSpan.FromSeconds(60));
        int warmup = LinearSchedule.WarmupSteps(recipe.Warmup, recipe.Steps);
        Trainer trainer = new(parameters, optimizer, step => LinearSchedule.Multiplier((int)step, warmup, recipe.Steps), plan,
            Path.Combine(workspace, "state.safetensors"));
        model.train();
        IReadOnlyList<float> losses = trainer.Run(this, progress, Console.Error.WriteLine, cancellation);
        WriteResult(losses);
    }

    public Tensor Loss(long step)
    {
        Prepared batch = next is { } ready && ready.Step == step ? ready.Batch.GetAwaiter().GetResult() : Prepare(step);
        next = step + 1 < recipe.Steps ? (step + 1, Task.Run(() => Prepare(step + 1))) : null;
        int count = recipe.Batch, masked = count / 2;
        (Tensor ids, Tensor mask) = batch.Text.ToTensors(device);
        Tensor pictures = batch.Pictures().to(device);
        (Tensor text, Tensor pooled) = model.FuseAll(model.EmbedText(ids, mask),
            pictures.dim() == 4 ? model.EmbedImage(pictures) : model.EmbedImageTower(pictures));
        Tensor hidden = tensor(batch.Hidden, count, batch.Text.Length).to(device);
        Tensor words = MlmObjective.Loss(model.MlmLogits(text.narrow(0, 0, masked)), hidden.narrow(0, 0, masked));
        Tensor matches = ItmObjective.Loss(model.ItmLogits(pooled.narrow(0, masked, count - masked)),
            tensor(batch.Matches).to(device).narrow(0, masked, count - masked));
        return words.Plus(matches);
    }

    private Prepared Prepare(long step)
    {
        int count = recipe.Batch;
        SeededRandom random = Seeds.Random(recipe.Seed, "pretrain/text", step);
        string[] texts = new string[count];
        long[] matches = new long[count];
        for (int b = 0; b < count; b++)
        {
            long pair = step * count + b;
            IReadOnlyList<string> captions = pairs!.Captions(pair);
            int caption = random.Next(captions.Count);
            matches[b] = b < count / 2 ? 1 : random.Next(2);
            texts[b] = matches[b] == 1 ? captions[caption] : pairs.Wrong(pair, caption);
        }
        TextBatch text = TextBatch.Of(tokenizer, texts, model.MaxTextLength);
        long[] hidden = new long[count * text.Length];
        Array.Fill(hidden, MlmObjective.NotMasked);
        for (int b = 0; b < count / 2; b++) HideWords(text.Row(b), hidden.AsSpan(b * text.Length), random);
        return new(pairs!.Pictures(step * count, count), text, hidden, matches);
    }

    private bool IsFrozen(string name) => frozen.Any(part => name.StartsWith(part + ".", StringComparison.Ordinal));

    private CaptionedPairs Pairs(string workspace, Action<long, long, float> progress, CancellationToken cancellation)
    {
        PictureForm form = PictureForm.Of(backbone, model.Pictures);
        if (recipe.Captions is null) return new GeneratedPairs(recipe.Seed, form.Normalization);
        PictureTransform transform = form.Sized(config["imageSize"]!.GetValue<int>());
        bool keep = recipe.KeepTowers is not (null or "no") && model.HasFrozenImageTower;
        string[] inputs = [digests.GetValueOrDefault("das.vision_sha256", ""), config.ToJsonString(), device.type.ToString()];
        return new CaptionFiles(recipe, picture => transform(picture, null), form.Normalization,
            keep ? (image => model.ImageTower(image.to(device)), inputs) : null,
            Path.Combine(workspace, KeptTowers.FolderName), (done, total) => progress(done, total, float.NaN), cancellation);
    }

    /// <summary>BERT's rule: of the chosen tokens 80 % become [MASK], 10 % another word, 10 % stay. The first and last token are never chosen.</summary>
    private void HideWords(Span<long> tokens, Span<long> hidden, SeededRandom random)
    {
        int certain = 1 + random.Next(tokens.Length - 2);
        for (int t = 1; t < tokens.Length - 1; t++)
        {
            if (t != certain && random.NextDouble() >= recipe.MaskShare) continue;
            hidden[t] = tokens[t];
            double what = random.NextDouble();
            if (what < 0.8) tokens[t] = tokenizer.Mask;
            else if (what < 0.9) tokens[t] = random.Next(tokenizer.Count);
        }
    }

    private void WriteResult(IReadOnlyList<float> losses)
    {
        Directory.CreateDirectory(recipe.Output);
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(Path.Combine(recipe.Output, CheckpointFile),
            model.state_dict().Where(s => !s.Key.Contains("adapter") && !IsFrozen(s.Key))
                .Select(s => (s.Key, s.Value.is_floating_point() ? s.Value.to(ScalarType.Float16) : s.Value)),
            new Dictionary<string, string>(digests.Concat(pairs!.Facts))
            {
                [ModelFiles.ConfigKey] = config.ToJsonString(),
                ["das.pretrain_recipe"] = JsonSerializer.Serialize(recipe, JsonSerializerOptions.Web),
            });
        BackboneFiles.CopyVocabulary(vocabulary, recipe.Output);
        int stride = Math.Max(1, losses.Count / LogPoints);
        JsonObject log = new()
        {
            ["recipe"] = JsonSerializer.SerializeToNode(recipe, JsonSerializerOptions.Web),
            ["steps"] = losses.Count,
            ["lossEvery"] = stride,
            ["meanLoss"] = JsonSerializer.SerializeToNode(losses.Chunk(stride).Select(c => Math.Round(c.Average(), 4))),
        };
        AtomicFile.WriteJson(Path.Combine(recipe.Output, LogFile), log);
    }

    public void Dispose() => model.Dispose();
}
