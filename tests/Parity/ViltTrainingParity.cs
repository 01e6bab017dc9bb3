using System.Text.Json;
using Das.Models.Backbones;
using Das.Training.Objectives;
using Das.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Tests.Parity;

/// <summary>Recorded optimizer steps of ViLT on VQA: losses, learning rates, gradients and parameters.</summary>
internal static class ViltTrainingParity
{
    /// <summary>Elements whose gradient is rounding noise may go astray under Adam; the recordings allow fewer than this share.</summary>
    private const double Stragglers = 1e-3;

    public static void CheckVqa(ParityCase recorded)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement json = recorded.Read(), training = json.GetProperty("training"), config = training.GetProperty("config"), batch = training.GetProperty("batch");
        JsonElement allowed = json.GetProperty("tolerance");
        HashSet<string> incomparable = [.. Strings(allowed.GetProperty("not_comparable"))];
        Dictionary<string, Tensor> expected = ViltParity.Tensors(recorded, json, "expected");
        Dictionary<string, Tensor> inputs = ViltParity.Tensors(recorded, json, "inputs").Below(batch.GetProperty("inputs").GetString() + "/");

        Vilt model;
        using (no_grad()) model = ViltParity.Build(recorded, json, training);
        model.train();
        model.FreezeForAdapters();
        Assert.Equal(Strings(json.GetProperty("trainable_parameters")), model.named_parameters().Where(p => p.parameter.requires_grad).Select(p => p.name));

        IReadOnlyList<ParameterGroup> groups = ParameterGroups.Of(
            model.named_parameters(), Number("learning_rate"), Number("lr_mult"), Number("weight_decay"));
        JsonElement[] theirs = [.. json.GetProperty("optimizer_groups").EnumerateArray()];
        int[] used = [.. Enumerable.Range(0, theirs.Length).Where(g => theirs[g].GetProperty("params").GetArrayLength() > 0)];
        Assert.Equal(used.Length, groups.Count);
        for (int g = 0; g < used.Length; g++)
        {
            Assert.Equal(theirs[used[g]].GetProperty("initial_lr").GetDouble(), groups[g].LearningRate, 12);
            Assert.Equal(theirs[used[g]].GetProperty("weight_decay").GetDouble(), groups[g].WeightDecay, 12);
            Assert.Equal(Strings(theirs[used[g]].GetProperty("params")), groups[g].Parameters.Select(p => p.Name));
        }

        using HfAdamW optimizer = new(groups);
        Tensor targets = VqaObjective.Targets(
            ViltParity.Labels(batch.GetProperty("vqa_labels")), ViltParity.Scores(batch.GetProperty("vqa_scores")), model.Heads.VqaAnswers);
        int maxSteps = training.GetProperty("max_steps").GetInt32(), compared = 0;
        int warmup = LinearSchedule.WarmupSteps(Number("warmup_steps"), maxSteps);
        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);

        foreach (JsonElement trace in json.GetProperty("trace").EnumerateArray())
        {
            int step = trace.GetProperty("step").GetInt32();
            double multiplier = LinearSchedule.Multiplier(step, warmup, maxSteps);
            for (int g = 0; g < used.Length; g++)
                Assert.Equal(trace.GetProperty("lr_per_group")[used[g]].GetDouble(), groups[g].LearningRate * multiplier, 12);

            Tensor loss = VqaObjective.Loss(model.VqaLogits(model.Encode(inputs["text_ids"], inputs["text_masks"], inputs["image"]).Cls), targets);
            Tolerance.Read(allowed.GetProperty("losses")).Check(
                $"{recorded.Id}/loss{step}", trace.GetProperty("losses").GetProperty("total")[0].GetDouble(), loss.item<float>());
            loss.backward();
            if (trace.TryGetProperty("params_with_grad_none", out JsonElement none))
                Assert.Equal(Strings(none).Order(), parameters.Where(p => p.Value.requires_grad && p.Value.grad is null).Select(p => p.Key).Order());
            Compare($"grad_step{step}/", "grads", name => parameters[name].grad!);
            optimizer.Step(multiplier);
            optimizer.ZeroGradients();
            Compare($"after_step{step}/", "params", name => parameters[name]);
        }
        Compare("final/", "params", name => parameters[name]);
        Assert.Equal(expected.Count, compared);
        model.Dispose();

        double Number(string key) => config.GetProperty(key).GetDouble();

        void Compare(string prefix, string kind, Func<string, Tensor> ours)
        {
            foreach ((string name, Tensor value) in expected.Below(prefix))
            {
                compared++;
                if (!incomparable.Contains(name))
                    Tolerance.Read(allowed.GetProperty(kind)).Check($"{recorded.Id}/{prefix}{name}", value, ours(name), kind == "params" ? Stragglers : 0);
            }
        }
    }

    private static IEnumerable<string> Strings(JsonElement list) => list.EnumerateArray().Select(e => e.GetString()!);
}
