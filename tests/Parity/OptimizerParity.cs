namespace Das.Tests.Parity;

/// <summary>The recorded optimizer and learning rates, without a network.</summary>
internal static class OptimizerParity
{
    public static void CheckSteps(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), config = json.GetProperty("config");
        Tolerance tolerance = Tolerance.Of(json);
        Dictionary<string, Tensor> inputs = ViltParity.Tensors(recorded, json, "inputs"), expected = ViltParity.Tensors(recorded, json, "expected");
        (string Name, Parameter Value)[] parameters = [.. inputs.Below("p/").Select(p => (p.Key, new Parameter(p.Value)))];
        double lr = config.Number("lr"), decay = config.Number("weight_decay");
        double[] betas = config.Numbers("betas");
        double[] factors = config.Numbers("lr_factor_per_step");

        using DecoupledAdam optimizer = new(
            [
                new(lr, decay, [.. parameters.Where(p => !p.Name.StartsWith("plain_"))]),
                new(3 * lr, 0, [.. parameters.Where(p => p.Name.StartsWith("plain_"))]),
            ], betas[0], betas[1], config.Number("eps"));
        int compared = 0;
        for (int step = 0; step < json.Int("steps"); step++)
        {
            foreach ((string name, Parameter value) in parameters) value.grad = inputs.GetValueOrDefault($"g{step}/{name}")!;
            optimizer.Step(factors[step]);
            foreach ((string name, Parameter value) in parameters)
            {
                tolerance.Check($"{recorded.Id}/after{step}/{name}", expected[$"after{step}/{name}"], value);
                compared++;
            }
        }
        Assert.Equal(expected.Count, compared);
    }

    public static void CheckSchedule(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        Tolerance tolerance = Tolerance.Of(json);
        foreach (JsonElement item in json.Items("items"))
        {
            double lr = item.Number("lr"), mult = item.Number("lr_mult");
            JsonElement[] rates = [.. item.Items("lrs")];
            for (int step = 0; step < rates.Length; step++)
            {
                double multiplier = Multiplier(item, item.Int("max_steps"), lr, step);
                tolerance.Check($"{recorded.Id}/{step}", rates[step][0].GetDouble(), lr * multiplier);
                tolerance.Check($"{recorded.Id}/{step} head", rates[step][1].GetDouble(), lr * mult * multiplier);
            }
        }
    }

    /// <summary>LaVIN's: counted in epochs, up to a smallest rate.</summary>
    public static void CheckEpochs(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        Tolerance tolerance = new(0, json.GetProperty("tolerance").Number("rel"));
        foreach (JsonElement item in json.Items("expected"))
        {
            double Argument(string key) => item.GetProperty("args").Number(key);
            double lr = Argument("lr"), floor = Argument("min_lr") / lr;
            foreach (JsonElement pair in item.Items("epoch_lr"))
                tolerance.Check($"{recorded.Id}/{pair[0]}", pair[1].GetDouble(),
                    lr * CosineSchedule.Multiplier(pair[0].GetDouble(), Argument("warmup_epochs"), Argument("epochs"), floor));
        }
    }

    /// <summary>LLaVA's: counted in optimizer steps.</summary>
    public static void CheckCosine(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        Tolerance tolerance = new(0, json.GetProperty("tolerance").Number("rel"));
        foreach (JsonElement item in json.Items("expected"))
            foreach (JsonElement pair in item.Items("step_multiplier"))
                tolerance.Check($"{recorded.Id}/{pair[0]}", pair[1].GetDouble(),
                    CosineSchedule.Multiplier(pair[0].GetInt32(), item.Int("warmup_steps"), item.Int("total_steps")));
    }

    /// <summary>ViLT's and METER's at an optimizer step from 0. The warm-up is a number of steps, or a share where it has a decimal point.</summary>
    public static double Multiplier(JsonElement item, int max, double lr, int step)
    {
        JsonElement warm = item.GetProperty("warmup_steps"), power = item.GetProperty("decay_power");
        int warmup = warm.TryGetInt32(out int steps) && !warm.GetRawText().Contains('.') ? steps : LinearSchedule.WarmupSteps(warm.GetDouble(), max);
        double floor = item.Number("end_lr") / lr;
        if (power.ValueKind == JsonValueKind.String) return CosineSchedule.Multiplier(step, warmup, max);
        return power.GetDouble() == 1 && floor == 0
            ? LinearSchedule.Multiplier(step, warmup, max)
            : PolynomialSchedule.Multiplier(step, warmup, max, power.GetDouble(), floor);
    }
}
