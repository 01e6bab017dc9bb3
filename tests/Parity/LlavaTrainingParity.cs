namespace Das.Tests.Parity;

/// <summary>Recorded optimizer steps of LLaVA's adapters and projector: groups, learning rates, losses, norms, gradients and parameters.</summary>
internal static class LlavaTrainingParity
{
    /// <summary>What the published names have in front of ours.</summary>
    private const string Published = "model.";

    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), train = json.GetProperty("train"), allowed = json.GetProperty("tolerance");
        Dictionary<string, Tensor> expected = recorded.Tensors("expected");
        TokenBatch batch = LlavaParity.Batch(recorded.Tensors("inputs"));
        SkipMask skipped = SkipMask.Of(json.Ints("skip_list"));
        bool searching = json.TryGetProperty("mode", out JsonElement mode) && mode.GetString() == "search";
        using Llava model = LlavaParity.Load(recorded, json, searching ? null : skipped);
        model.Skipped = skipped;
        model.train();
        model.FreezeForAdapters();
        Dictionary<string, Parameter> learning = model.named_parameters().Where(p => p.parameter.requires_grad).ToDictionary(p => p.name, p => p.parameter);
        IReadOnlyList<ParameterGroup> groups = Groups(train, learning);
        JsonElement[] published = [.. json.GetProperty("expected_json").Items("param_groups")];
        SameGroups(published, groups);

        using DecoupledAdam optimizer = Optimizer(train, groups);
        for (int i = 0; i < train.Int("steps"); i++)
        {
            using DisposeScope step = NewDisposeScope();
            double multiplier = CosineSchedule.Multiplier(i, train.Int("warmup_steps"), train.Int("max_steps"));
            for (int group = 0; group < published.Length; group++)
                Within("lr").Check($"{recorded.Id}/lr{i}/{group}", expected["lr_per_step_and_group"][i][group].item<double>(), published[group]
                    .Number("initial_lr") * multiplier);
            Tensor loss = LanguageObjective.Loss(model, batch);
            Within("loss").Check($"{recorded.Id}/loss{i}", expected["loss_per_step"][i].item<double>(), loss.item<float>());
            loss.backward();
            Within("grad_norm").Check($"{recorded.Id}/norm{i}", expected["grad_norm_before_clip"][i].item<double>(),
                Gradients.Clip(learning.Values.Select(p => p.grad).OfType<Tensor>(), double.MaxValue));
            if (i == 0) CheckAll("first_grad", parameter => parameter.grad!);
            optimizer.Step(multiplier);
            optimizer.ZeroGradients();
        }
        CheckAll("final", parameter => parameter);

        Tolerance Within(string key) => LanguageTrainingParity.Within(allowed.GetProperty(key));
        void CheckAll(string what, Func<Parameter, Tensor> ours)
        {
            Dictionary<string, Tensor> values = expected.Below($"{what}/{Published}");
            Assert.Equal(["adapter_select_token.weight"], values.Keys.Except(learning.Keys));
            foreach ((string name, Parameter parameter) in learning)
                Within(what == "final" ? "final/*" : what).Check($"{recorded.Id}/{what}/{name}", values[name], ours(parameter));
        }
    }

    /// <summary>As the recorded run groups what learns.</summary>
    public static IReadOnlyList<ParameterGroup> Groups(JsonElement train, IReadOnlyDictionary<string, Parameter> learning)
    {
        double rate = train.Number("learning_rate");
        double? projector = train.GetProperty("mm_projector_lr") is { ValueKind: JsonValueKind.Number } own ? own.GetDouble() / rate : null;
        return ParameterGroups.Of(learning.Select(p => (p.Key, p.Value)), rate, ParameterGroups.Llava(train.Number("weight_decay"), projector));
    }

    public static DecoupledAdam Optimizer(JsonElement train, IReadOnlyList<ParameterGroup> groups) =>
        new(groups, 0.9, 0.999, 1e-8, AdamForm.Torch, train.Number("max_grad_norm"));

    private static void SameGroups(JsonElement[] published, IReadOnlyList<ParameterGroup> ours)
    {
        IEnumerable<string> recorded = published.SelectMany(group => group.Texts("params")
            .Where(name => !name.Contains("select_token"))
            .Select(name => $"{name[Published.Length..]}: {group.Number("initial_lr"):g6}, " + $"{group.Number("weight_decay"):g6}"));
        Assert.Equal(recorded.Order(), ours.SelectMany(group => group.Parameters.Select(p => $"{p.Name}: {group.LearningRate:g6}, {group.WeightDecay:g6}"))
            .Order());
    }
}
