using F = TorchSharp.torch.nn.functional;

namespace Das.Tests.Parity;

/// <summary>Recorded forward passes of METER against ours, tensor by tensor.</summary>
internal static class MeterParity
{
    /// <summary>The published code's buffers of the search, which are no part of our model.</summary>
    private static readonly string[] SearchBuffers = ["skip_num", "das_gate"];

    public static void Check(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read(), run = json.GetProperty("runs")[recorded.Run];
        Tolerance tolerance = Tolerance.Of(json);

        using Meter model = Build(recorded, json, run);
        Dictionary<string, Tensor> inputs = ViltParity.Tensors(recorded, json, "inputs").Below(run.String("inputs") + "/");
        Dictionary<string, Tensor> expected = ViltParity.Tensors(recorded, json, "expected").Below(run.String("name") + "/");
        Dictionary<string, Tensor> actual = Run(model, run, inputs);
        foreach ((string key, Parameter value) in model.named_parameters()) actual[$"loaded/{key}"] = value;

        Assert.Empty(run.Texts("outputs").Except(expected.Keys));
        foreach ((string output, Tensor value) in expected)
        {
            Assert.True(actual.TryGetValue(output, out Tensor? ours), $"{recorded.Id}: '{output}' is recorded and has no counterpart in this check.");
            bool copied = !value.is_floating_point() || output.Contains("token_type") || output.Contains("rank_output");
            Tolerance allowed = copied ? Tolerance.Exact : output.StartsWith("loaded/vit_model") ? new(1e-5, 0) : tolerance;
            allowed.Check($"{recorded.Id}/{output}", value, ours!);
        }
    }

    public static void CheckTraining(ParityCase recorded) => TrainingParity.Check(recorded, (json, training) => Build(recorded, json, training));

    /// <summary>The model of a case or of one of its runs, in eval mode, with the recorded weights and skipped layers.</summary>
    public static Meter Build(ParityCase recorded, JsonElement json, JsonElement run)
    {
        JsonElement config = json.GetProperty("config");
        JsonElement losses = run.TryGetProperty("loss_names", out JsonElement own) ? own : config.GetProperty("loss_names");
        bool Wants(string loss) => losses.Number(loss) > 0;
        TaskHeads heads = new(
            Wants("vqa") ? config.Int("vqav2_label_size") : 0, Wants("nlvr2"), Rank: Wants("irtr"), Itm: Wants("itm"), Mlm: Wants("mlm"),
                Snli: Wants("snli"));

        Meter model = new(Config(config) with { TokenTypes = heads.Nlvr2 ? 3 : 2 }, heads);
        if (run.TryGetProperty("skip_module", out JsonElement skip)) model.Skipped = SkipMask.Of(skip.Ints());
        model.eval();
        if (run.TryGetProperty("missing_keys", out _)) LoadPretrained(recorded, json, run, model);
        else ViltParity.Load(model, ViltParity.Weights(recorded, json, run));
        return model;
    }

    public static MeterConfig Config(JsonElement json)
    {
        JsonElement text = json.GetProperty("text_encoder"), clip = json.GetProperty("clip");
        int Number(string key) => json.Int(key);
        return new()
        {
            VocabSize = Number("vocab_size"), HiddenSize = Number("hidden_size"), NumHeads = Number("num_heads"), NumLayers = Number("num_top_layer"),
            MlpRatio = Number("mlp_ratio"), MaxTextLength = Number("max_text_len"), DropRate = json.Number("drop_rate"),
            TextEncoder = json.String("tokenizer").StartsWith("roberta") ? "roberta" : "bert",
            TextLayers = text.Int("num_hidden_layers"), TextIntermediate = text.Int("intermediate_size"),
            TextPositions = text.Int("max_position_embeddings"), TextDropRate = text.Number("hidden_dropout_prob"),
            ImageSize = Number("image_size"), PatchSize = Number("patch_size"),
            ClipWidth = clip.Int("vision_width"), ClipHeads = clip.Int("vision_width") / 64,
            ClipLayers = clip.Int("vision_layers") - 1,
            InLayerBottleneck = Number("adapter_bottleneck_in_block"), ReplacementBottleneck = Number("adapter_bottleneck_skip"),
        };
    }

    private static void LoadPretrained(ParityCase recorded, JsonElement json, JsonElement run, Meter model)
    {
        string[] files = [.. ViltParity.Files(json, "weights").Select(file => Path.Combine(recorded.Folder, file))];
        using Checkpoint checkpoint = Checkpoint.Open(files[0]);
        LoadResult result = model.LoadPretrained(checkpoint);

        string[] Recorded(string list) => [.. run.Texts(list).Except(SearchBuffers)];
        string[] derived = [.. model.PretrainedRules.Derived.Select(d => d.Name)];
        Assert.Equal(Recorded("missing_keys").Except(derived).Order(), result.Missing.Order());
        Assert.All(Recorded("unexpected_keys"), key => Assert.Contains(key, result.Ignored));

        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (string file in files[1..])
            foreach ((string key, Tensor value) in ViltParity.LoadCheckpoint(file).Below(run.String("name") + "/"))
                parameters[key].copy_(value);
    }

    private static Dictionary<string, Tensor> Run(Meter model, JsonElement run, Dictionary<string, Tensor> inputs) => run.String("task") switch
    {
        "nlvr2" => TaskParity.Nlvr2(model, run, inputs),
        "irtr" => TaskParity.Irtr(model, run, inputs),
        "recall" => TaskParity.RecallOf(model, run, inputs),
        var task => RunOne(model, task!, run, inputs),
    };

    private static Dictionary<string, Tensor> RunOne(Meter model, string task, JsonElement run, Dictionary<string, Tensor> inputs)
    {
        Tensor ids = inputs[task == "mlm" ? "text_ids_mlm" : "text_ids"], mask = inputs["text_masks"];
        (Tensor image, Tensor matches) = task == "itm" ? TaskParity.Exchanged(inputs, run.GetProperty("label_permutation")) : (inputs["image"], zeros(0));

        Embedded text = model.EmbedText(ids, mask), picture = model.EmbedImage(image);
        Dictionary<string, Tensor> actual = new() { ["vit_out"] = model.ImageTower(image), ["text_cross_in"] = text.Tokens, ["image_cross_in"] =
            picture.Tokens };
        Tensor[] states = model.TextEncoder.HiddenStates(ids, mask, [.. Enumerable.Range(0, model.Config.TextLayers + 1)]);
        for (int i = 0; i < states.Length; i++) actual[i == 0 ? "text_embeddings" : $"text_encoder_{i - 1:00}"] = states[i];
        MeterStreams streams = model.Streams(text, picture);
        for (int i = 0; i < model.Config.NumLayers; i++)
        {
            streams = model.Layer(i, streams);
            (actual[$"text_hidden_{i:00}"], actual[$"image_hidden_{i:00}"]) = (streams.Text, streams.Image);
        }
        MeterOutput output = model.Encode(text, picture);
        (actual["text_feats"], actual["image_feats"], actual["cls_feats"]) = (output.TextFeatures, output.ImageFeatures, output.Cls);
        new Tolerance(1e-5, 1e-5).Check("Features", output.Cls, model.Features(ids, mask, image));

        if (task == "vqa")
        {
            Tensor logits = actual["vqa_logits"] = model.VqaLogits(output.Cls);
            actual["vqa_targets"] = VqaObjective.Targets(ViltParity.Labels(run.GetProperty("vqa_labels")), ViltParity.Scores(run.GetProperty("vqa_scores")),
                model.Heads.VqaAnswers);
            actual["vqa_loss"] = VqaObjective.Loss(logits, actual["vqa_targets"]);
        }
        if (task == "mlm")
        {
            (actual["mlm_ids"], actual["mlm_labels"]) = (ids, inputs["text_labels_mlm"]);
            actual["mlm_logits"] = model.MlmLogits(output.TextFeatures);
            actual["mlm_loss"] = MlmObjective.Loss(actual["mlm_logits"], actual["mlm_labels"]);
        }
        if (task == "itm")
        {
            (actual["itm_logits"], actual["itm_labels"]) = (model.ItmLogits(output.Cls), matches.to(ScalarType.Float32));
            actual["itm_loss"] = ItmObjective.Loss(actual["itm_logits"], matches);
        }
        if (task == "snli")
        {
            actual["snli_logits"] = model.SnliLogits(output.Cls);
            actual["snli_labels"] = tensor(run.Longs("labels"));
            actual["snli_loss"] = F.cross_entropy(actual["snli_logits"], actual["snli_labels"]);
        }
        return actual;
    }
}
