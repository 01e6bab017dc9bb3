namespace Das.Tests.Parity;

/// <summary>What LaVIN's and LLaVA's recorded trainings say about grouping, clipping and AdamW without their networks.</summary>
public sealed class RecordedStepTests : TensorTest
{
    [Fact]
    [Trait("Needs", "shared-data")]
    public void Every_trained_parameter_has_the_published_rate_and_decay()
    {
        foreach ((ParityCase recorded, JsonElement json) in Trainings())
        {
            JsonElement train = json.GetProperty("train");
            bool llava = train.TryGetProperty("learning_rate", out JsonElement rate);
            double lr = (llava ? rate : train.GetProperty("lr")).GetDouble();
            Grouping grouping = ParameterGroups.Named(new OptimizationRecipe
            {
                Grouping = llava ? "llava" : "lavin", LearningRate = lr, WeightDecay = train.Number("weight_decay"),
                ProjectorLearningRate = llava && train.GetProperty("mm_projector_lr") is { ValueKind: JsonValueKind.Number } own ? own.GetDouble() : null,
            });
            Dictionary<string, Tensor> weights = Weights(recorded, json);
            foreach (JsonElement group in json.GetProperty("expected_json").Items("param_groups"))
                foreach (string name in group.Texts("params"))
                {
                    LearningRule rule = grouping(name, weights[name].shape);
                    Assert.Equal(group.Number("weight_decay"), rule.WeightDecay);
                    Assert.Equal(llava ? group.Number("initial_lr") : lr, rule.RateMultiplier * lr, 1e-12);
                }
        }
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void The_recorded_gradients_lead_in_one_clipped_step_to_the_recorded_parameters()
    {
        int checkedCases = 0;
        foreach ((ParityCase recorded, JsonElement json) in Trainings())
        {
            JsonElement train = json.GetProperty("train");
            if (!train.TryGetProperty("clip_grad", out JsonElement clip) || clip.ValueKind != JsonValueKind.Number) continue;
            int accumulated = train.Int("accum_iter");
            if (json.Int("snapshot_after") != accumulated) continue; // more than the first step is in what was recorded
            Dictionary<string, Tensor> expected = recorded.Tensors("expected"), weights = Weights(recorded, json),
                gradients = expected.Below("first_grad/");
            HashSet<string> untouched = [.. json.GetProperty("expected_json").Texts("params_whose_grad_is_None")];
            (string Name, Parameter Value)[] parameters = [.. gradients.Keys.Select(name => (name, new Parameter(weights[name].clone())))];
            foreach ((string name, Parameter value) in parameters)
                if (!untouched.Contains(name)) value.grad = gradients[name];

            double norm = Gradients.Clip([.. parameters.Where(p => p.Value.grad is not null).Select(p => p.Value.grad!.clone())], 1);
            new Tolerance(0, 1e-4).Check($"{recorded.Id}/norm", expected["grad_norm_per_iteration"][accumulated - 1].item<double>(), norm);

            double lr = expected["lr_per_iteration"][0].item<double>();
            using DecoupledAdam optimizer = new(ParameterGroups.Of(parameters, lr, ParameterGroups.Lavin(train.Number("weight_decay"))), 0.9,
                0.95, 1e-8,
                AdamForm.Torch, clip.GetDouble());
            optimizer.Step();
            Tolerance tolerance = new(json.GetProperty("tolerance").GetProperty("final/* and after_*").Number("abs"), 0);
            foreach ((string name, Parameter value) in parameters) tolerance.Check($"{recorded.Id}/{name}", expected[$"after_{accumulated}/{name}"], value);
            checkedCases++;
        }
        Assert.SkipUnless(checkedCases > 0, $"{string.Join(", ", ParityCase.Roots)} has no recorded first step with clipped gradients.");
    }

    private static IEnumerable<(ParityCase, JsonElement)> Trainings()
    {
        ParityCase[] all = [.. ParityCase.All.Where(c => c.Kind is "A_train" or "B_train" or "C_train")];
        Assert.SkipUnless(all.Length > 0, $"{string.Join(", ", ParityCase.Roots)} has no recorded training of LaVIN or LLaVA.");
        return all.Select(c => (c, c.Read()));
    }

    private static Dictionary<string, Tensor> Weights(ParityCase recorded, JsonElement json) => TensorFile.Read(LlamaParity.Weights(recorded, json));
}
