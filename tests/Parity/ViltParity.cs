namespace Das.Tests.Parity;

/// <summary>Recorded forward passes of ViLT against ours, tensor by tensor.</summary>
internal static class ViltParity
{
    public static void Check(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read(), run = json.GetProperty("runs")[recorded.Run];
        string name = run.String("name");
        Tolerance tolerance = Tolerance.Of(json);

        using Vilt model = Build(recorded, json, run);
        Dictionary<string, Tensor> inputs = Tensors(recorded, json, "inputs").Below(run.String("inputs") + "/");
        Dictionary<string, Tensor> expected = Tensors(recorded, json, "expected").Below(name + "/");
        Dictionary<string, Tensor> actual = run.String("task") switch
        {
            "nlvr2" => With(TaskParity.Nlvr2(model, run, inputs), ("call0/image_masks", Mask(model, inputs["image_0"])),
                ("call1/image_masks", Mask(model, inputs["image_1"]))),
            "irtr" => With(TaskParity.Irtr(model, run, inputs),
                ("image_masks", Mask(model, inputs["image"].repeat_interleave(1 + run.Int("draw_false_text"), 0)))),
            "recall" => TaskParity.RecallOf(model, run, inputs),
            _ => Run(model, run, inputs, expected),
        };
        foreach ((string key, Parameter value) in model.named_parameters()) actual[$"loaded/{key}"] = value;
        AssertKeys(run, "missing_keys", model.PretrainedRules.AllowsMissing);
        AssertKeys(run, "unexpected_keys", model.PretrainedRules.AllowsIgnored);

        string[] outputs = run.Texts("outputs");
        Assert.Empty(outputs.Except(expected.Keys));
        foreach ((string output, Tensor value) in expected)
        {
            Assert.True(actual.TryGetValue(output, out Tensor? ours), $"{recorded.Id}: '{output}' is recorded and has no counterpart in this check.");
            (value.is_floating_point() ? tolerance : Tolerance.Exact).Check($"{recorded.Id}/{output}", value, ours!);
        }
    }

    private static Tensor Mask(Vilt model, Tensor image) => model.LayoutOf(image).Mask(CPU).to(ScalarType.Int64);

    private static Dictionary<string, Tensor> With(Dictionary<string, Tensor> tensors, params (string Name, Tensor Value)[] more)
    {
        foreach ((string name, Tensor value) in more) tensors[name] = value;
        return tensors;
    }

    private static void AssertKeys(JsonElement run, string list, Predicate<string> foreseen)
    {
        if (run.TryGetProperty(list, out JsonElement keys)) Assert.DoesNotContain(keys.Texts(), k => !foreseen(k));
    }

    public static void CheckTraining(ParityCase recorded) => TrainingParity.Check(recorded, (json, training) => Build(recorded, json, training));

    /// <summary>The model of a case or of one of its runs, in eval mode, with the recorded weights and skipped layers.</summary>
    public static Vilt Build(ParityCase recorded, JsonElement json, JsonElement run)
    {
        JsonElement losses = run.TryGetProperty("loss_names", out JsonElement own) ? own : json.GetProperty("config").GetProperty("loss_names");
        bool Wants(string loss) => losses.Number(loss) > 0;
        ViltConfig config = Config(json.GetProperty("config"), run) with { TokenTypes = Wants("nlvr2") ? 3 : 2 };
        TaskHeads heads = new(
            VqaAnswers: Wants("vqa") ? json.GetProperty("config").Int("vqav2_label_size") : 0, Nlvr2: Wants("nlvr2"), Rank: Wants("irtr"),
                Itm: Wants("itm"), Mlm: Wants("mlm"));

        Vilt model = new(config, heads) { Skipped = SkipMask.Of(Skipped(run)) };
        model.eval();
        Load(model, Weights(recorded, json, run));
        return model;
    }

    private static IEnumerable<int> Skipped(JsonElement run) => run.TryGetProperty("skip_module", out JsonElement layers) ? layers.Ints() : [];

    public static ViltConfig Config(JsonElement json, JsonElement run) => new()
    {
        VocabSize = json.Int("vocab_size"),
        HiddenSize = json.Int("hidden_size"),
        NumHeads = json.Int("num_heads"),
        NumLayers = json.Int("num_layers"),
        MlpRatio = json.Int("mlp_ratio"),
        MaxTextLength = json.Int("max_text_len"),
        DropRate = json.Number("drop_rate"),
        ImageSize = json.Int("pretrain_image_size"),
        PatchSize = json.Int("patch_size"),
        MaxImageLength = (run.TryGetProperty("max_image_len", out JsonElement own) ? own : json.GetProperty("max_image_len")).GetInt32(),
        InLayerBottleneck = json.Int("adapter_bottleneck_in_block"),
        ReplacementBottleneck = json.Int("adapter_bottleneck_skip"),
    };

    /// <summary>Tensors of one role (weights, inputs, expected): the case's own file, or those it says.</summary>
    public static Dictionary<string, Tensor> Tensors(ParityCase recorded, JsonElement json, string role) =>
        Files(json, role).SelectMany(file => LoadCheckpoint(Path.Combine(recorded.Folder, file))).ToDictionary(t => t.Key, t => t.Value);

    /// <summary>A file of weights by name.</summary>
    public static IReadOnlyDictionary<string, Tensor> LoadCheckpoint(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return checkpoint.Names.ToDictionary(name => name, checkpoint.Read);
    }

    public static float[][] Scores(JsonElement json) => [.. json.EnumerateArray().Select(s => s.Floats())];

    public static int[][] Labels(JsonElement json) => [.. json.EnumerateArray().Select(s => s.Ints())];

    /// <summary>The names of the files of one role, the pretrained ones first.</summary>
    public static string[] Files(JsonElement json, string role)
    {
        if (!json.TryGetProperty("files", out JsonElement files) || !files.TryGetProperty(role, out JsonElement named)) return [$"{role}.safetensors"];
        return named.ValueKind == JsonValueKind.Array ? named.Texts() : [named.GetString()!];
    }

    /// <summary>Recorded weights; a file of new weights holds those of every run under the run's name.</summary>
    public static Dictionary<string, Tensor> Weights(ParityCase recorded, JsonElement json, JsonElement run)
    {
        string prefix = run.TryGetProperty("name", out JsonElement name) ? name.GetString() + "/" : "";
        Dictionary<string, Tensor> weights = [];
        foreach (string file in Files(json, "weights"))
        {
            IReadOnlyDictionary<string, Tensor> stored = LoadCheckpoint(Path.Combine(recorded.Folder, file));
            foreach ((string key, Tensor value) in prefix != "" && stored.Below(prefix) is { Count: > 0 } own ? own : stored) weights[key] = value;
        }
        if (!json.TryGetProperty("scale", out JsonElement scale)) return weights;
        foreach (JsonElement scaled in scale.Items("names"))
            weights[scaled.GetString()!] = weights[scaled.GetString()!].mul(scale.GetProperty("factor").GetSingle());
        return weights;
    }

    /// <summary>Puts the weights into the model as loading a pretrained checkpoint does: derived parameters are made, the others copied.</summary>
    public static void Load(VisionLanguageModel model, Dictionary<string, Tensor> weights)
    {
        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (DerivedParameter derived in model.PretrainedRules.Derived)
            if (parameters.ContainsKey(derived.Name) && weights.TryGetValue(derived.Source, out Tensor? source)
                && (derived.Source == derived.Name || !weights.ContainsKey(derived.Name)))
                weights[derived.Name] = derived.Make(source);
        Assert.Empty(parameters.Keys.Except(weights.Keys));
        Assert.DoesNotContain(weights.Keys.Except(parameters.Keys), key => !model.PretrainedRules.AllowsIgnored(key));
        foreach ((string key, Parameter parameter) in parameters)
        {
            Assert.Equal(weights[key].shape, parameter.shape);
            parameter.copy_(weights[key]);
        }
    }

    private static Dictionary<string, Tensor> Run(Vilt model, JsonElement run, Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected)
    {
        string task = run.String("task");
        Tensor ids = inputs[task == "mlm" ? "text_ids_mlm" : "text_ids"], textMask = inputs["text_masks"], image = inputs["image"];
        Tensor matches = zeros(0);
        if (task == "itm")
        {
            (image, matches) = TaskParity.Exchanged(inputs, run.GetProperty("label_permutation"));
        }

        PatchLayout? layout = expected.TryGetValue("patch_index", out Tensor? patches) ? Recorded(model, patches, expected["image_masks"], image) : null;
        ViltSequence sequence = model.Embed(ids, textMask, image, layout);
        Dictionary<string, Tensor> actual = new()
        {
            ["text_embeddings"] = model.TextEmbeddings(ids),
            ["visual_embeds"] = model.VisualEmbeddings(image, sequence.Layout!),
            ["co_embeds"] = sequence.Hidden,
        };
        for (int i = 0; i < model.CandidateCount; i++)
        {
            sequence = sequence with { Hidden = model.Layer(i, sequence.Hidden, sequence.Mask) };
            actual[$"hidden_{i:00}"] = sequence.Hidden;
        }
        ViltOutput output = model.Finish(sequence);
        actual["text_feats"] = output.TextFeatures;
        actual["image_feats"] = output.ImageFeatures;
        actual["raw_cls_feats"] = output.TextFeatures.select(1, 0);
        actual["cls_feats"] = output.Cls;
        actual["image_masks"] = actual["visual_masks"] = output.ImageMasks.to(ScalarType.Int64);
        actual["patch_index"] = output.PatchIndex;
        AgreesHoweverCalled(model, image, ids, textMask, output, layout is null);
        AddTask(model, task, run, inputs, output, matches, textMask, actual);
        return actual;
    }

    private static void AddTask(
        Vilt model, string task, JsonElement run, Dictionary<string, Tensor> inputs, ViltOutput output, Tensor matches, Tensor textMask,
            Dictionary<string, Tensor> actual)
    {
        if (task == "vqa")
        {
            Tensor logits = actual["vqa_logits"] = model.VqaLogits(output.Cls);
            Tensor targets = actual["vqa_targets"] =
                VqaObjective.Targets(Labels(run.GetProperty("vqa_labels")), Scores(run.GetProperty("vqa_scores")), model.Heads.VqaAnswers);
            actual["vqa_loss"] = VqaObjective.Loss(logits, targets);
        }
        if (task == "mlm")
        {
            Tensor logits = actual["mlm_logits"] = model.MlmLogits(output.TextFeatures);
            actual["mlm_ids"] = inputs["text_ids_mlm"];
            Tensor labels = actual["mlm_labels"] = inputs["text_labels_mlm"];
            actual["mlm_loss"] = MlmObjective.Loss(logits, labels);
        }
        if (task == "itm")
        {
            Tensor logits = actual["itm_logits"] = model.ItmLogits(output.Cls);
            actual["itm_labels"] = matches.to(ScalarType.Float32);
            actual["itm_loss"] = ItmObjective.Loss(logits, matches);
            actual["itm_wpa_loss"] = ItmObjective.AlignmentWeight * ItmObjective.WordPatchAlignment(
                output.TextFeatures, textMask.to(ScalarType.Bool), output.ImageFeatures, output.ImageMasks, matches);
        }
    }

    /// <summary>Both ways of calling the model, with the layout it reads off the pixels itself, where order decides nothing.</summary>
    private static void AgreesHoweverCalled(Vilt model, Tensor image, Tensor ids, Tensor textMask, ViltOutput output, bool always)
    {
        if (!always && model.Config.MaxImageLength >= 0) return;
        Tolerance rounding = new(1e-5, 1e-5);
        rounding.Check("Encode", output.Cls, model.Encode(ids, textMask, image).Cls);
        rounding.Check("EncodeCls", output.Cls, model.Features(ids, textMask, image));
    }

    /// <summary>
    /// The recorded order of patches, which is one of many equally right ones, after making sure that it shows the patches
    /// that ours would (as many of them where a random subset was kept).
    /// </summary>
    private static PatchLayout Recorded(Vilt model, Tensor patches, Tensor mask, Tensor image)
    {
        PatchLayout ours = model.LayoutOf(image);
        int[] cells = [.. patches.select(2, 0).mul(ours.Columns).add(patches.select(2, 1)).flatten().data<long>().Select(c => (int)c)];
        bool[] valid = [.. mask.narrow(1, 1, mask.shape[1] - 1).flatten().data<long>().Select(v => v != 0)];
        Assert.Equal(ours.Length * ours.Batch, cells.Length);
        for (int b = 0; b < ours.Batch; b++)
        {
            Range sample = (b * ours.Length)..((b + 1) * ours.Length);
            int[] theirs = [.. cells[sample].Where((_, i) => valid[sample][i]).Order()];
            int[] mine = [.. ours.Cells[sample].Where((_, i) => ours.Valid[sample][i]).Order()];
            if (model.Config.MaxImageLength < 0) Assert.Equal(theirs, mine);
            else Assert.Equal(theirs.Length, mine.Distinct().Count());
        }
        return PatchLayout.Given(cells, valid, ours.Sizes, ours.Rows, ours.Columns);
    }
}
