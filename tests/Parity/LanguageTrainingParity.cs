namespace Das.Tests.Parity;

/// <summary>Recorded optimizer steps of LLaMA's and LaVIN's adapters: losses, learning rates, norms, gradients and parameters.</summary>
internal static class LanguageTrainingParity
{
    public static void CheckLlama(ParityCase recorded) => Check(recorded, (json, _, removed) => LlamaParity.Load(recorded, json, removed), LlamaParity.Batch);

    public static void CheckLavin(ParityCase recorded) => Check(recorded,
        (json, inputs, removed) => LavinParity.Load(recorded, json, inputs, "first-image", removed, (int)inputs["examples"].shape[1]),
        inputs => LlamaParity.Batch(inputs) with { Image = inputs["images"], HasImage = LavinParity.Shown(inputs["img_indicators"]) });

    private static void Check(ParityCase recorded, Func<JsonElement, Dictionary<string, Tensor>, SkipMask?, LlamaDecoder> build,
        Func<Dictionary<string, Tensor>, TokenBatch> read)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement json = recorded.Read(), train = json.GetProperty("train"), allowed = json.GetProperty("tolerance");
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        SkipMask skipped = SkipMask.Of(json.Ints("skip_list"));
        using LlamaDecoder model = build(json, inputs, json.String("mode") == "finetune" ? skipped : null);
        model.Skipped = skipped;
        model.train();
        model.FreezeForAdapters();
        Dictionary<string, Parameter> learning = model.named_parameters().Where(p => p.parameter.requires_grad).ToDictionary(p => p.name, p => p.parameter);
        TokenBatch batch = read(inputs);

        double Number(string key) => train.Number(key);
        int accumulated = train.Int("accum_iter"), iterations = train.Int("iterations"), snapshot = json.Int("snapshot_after");
        double? clip = train.GetProperty("clip_grad").ValueKind == JsonValueKind.Number ? Number("clip_grad") : null;
        using DecoupledAdam optimizer = new(ParameterGroups.Of(learning.Select(p => (p.Key, p.Value)), Number("lr"),
            ParameterGroups.Lavin(Number("weight_decay"))), 0.9, 0.95, 1e-8, AdamForm.Torch, clip);
        double multiplier = 1;
        for (int i = 0; i < iterations; i++)
        {
            using DisposeScope step = NewDisposeScope();
            if (i % accumulated == 0) multiplier = CosineSchedule.Multiplier(Number("start_epoch") + ((double)i / iterations), Number("warmup_epochs"),
                Number("epochs"), Number("min_lr") / Number("lr"));
            Within(allowed.GetProperty("lr_per_iteration")).Check($"{recorded.Id}/lr{i}", expected["lr_per_iteration"][i].item<double>(),
                Number("lr") * multiplier);
            using Tensor share = tensor((float)accumulated);
            Tensor loss = LanguageObjective.Loss(model, batch).div(share);
            Within(allowed.GetProperty("loss")).Check($"{recorded.Id}/loss{i}", expected["loss_per_iteration_divided_by_accum"][i].item<double>(),
                loss.item<float>());
            loss.backward();
            if ((i + 1) % accumulated != 0) continue;

            Within(allowed.GetProperty("grad_norm")).Check($"{recorded.Id}/norm{i}", expected["grad_norm_per_iteration"][i].item<double>(),
                Gradients.Clip(learning.Values.Select(p => p.grad).OfType<Tensor>(), double.MaxValue));
            if (i + 1 == accumulated) CheckGradients(recorded, json, learning, expected);
            optimizer.Step(multiplier);
            optimizer.ZeroGradients();
            if (i + 1 == snapshot) CheckParameters($"after_{snapshot}/");
        }
        CheckParameters("final/");

        void CheckParameters(string prefix)
        {
            foreach ((string name, Tensor value) in Existing(expected.Below(prefix), learning))
                Within(allowed.GetProperty("final/* and after_*")).Check($"{recorded.Id}/{prefix}{name}", value, learning[name]);
        }
    }

    private static void CheckGradients(ParityCase recorded, JsonElement json, Dictionary<string, Parameter> learning, Dictionary<string, Tensor> expected)
    {
        string[] none = [.. json.GetProperty("expected_json").Texts("params_whose_grad_is_None").Where(learning.ContainsKey).Order()];
        Assert.Equal(none, learning.Where(p => p.Value.grad is null).Select(p => p.Key).Order());
        foreach ((string name, Tensor value) in Existing(expected.Below("first_grad/"), learning).Where(t => !none.Contains(t.Name)))
            Within(json.GetProperty("tolerance").GetProperty("first_grad")).Check($"{recorded.Id}/grad/{name}", value, learning[name].grad!);
    }

    /// <summary>All of ours must be recorded; the published finished model keeps some that ours does without.</summary>
    private static IEnumerable<(string Name, Tensor Value)> Existing(Dictionary<string, Tensor> recorded, Dictionary<string, Parameter> ours)
    {
        Assert.Empty(ours.Keys.Except(recorded.Keys));
        return recorded.Where(t => ours.ContainsKey(t.Key)).Select(t => (t.Key, t.Value));
    }

    /// <summary>A recorded absolute and relative tolerance, either of which may be missing.</summary>
    public static Tolerance Within(JsonElement allowed)
    {
        double Part(string key) => allowed.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : 0;
        return new(Part("abs"), Part("rel"));
    }
}
