using System.Text.Json;
using Das.Models.Backbones;
using Das.Models.Skipping;
using Das.Training.Objectives;
using Das.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Tests.Parity;

/// <summary>Recorded trainings of LLaMA and LaVIN: the same batch again and again, with losses, learning rates, gradients and parameters.</summary>
internal static class DecoderTraining
{
    /// <param name="recorded">The case.</param>
    /// <param name="json">Its description.</param>
    /// <param name="model">With the recorded weights.</param>
    /// <param name="batch">The recorded one.</param>
    public static void Check(ParityCase recorded, JsonElement json, LlamaDecoder model, TokenBatch batch)
    {
        JsonElement train = json.GetProperty("train"), allowed = json.GetProperty("tolerance"), stated = json.GetProperty("expected_json");
        Dictionary<string, Tensor> expected = TensorFile.Read(Path.Combine(recorded.Folder, "expected.safetensors"));
        double Number(string key) => train.GetProperty(key).GetDouble();
        int accumulated = train.GetProperty("accum_iter").GetInt32(), iterations = train.GetProperty("iterations").GetInt32(), snapshot = json.GetProperty("snapshot_after").GetInt32();
        double lr = Number("lr");

        model.Skipped = Skipped(json);
        model.train();
        model.FreezeForAdapters();
        Dictionary<string, Parameter> learning = model.named_parameters().Where(p => p.parameter.requires_grad).ToDictionary(p => p.name, p => p.parameter);
        Assert.Equal(Names(stated.GetProperty("param_groups").EnumerateArray().SelectMany(group => group.GetProperty("params").EnumerateArray())), learning.Keys.Order());
        using DecoupledAdam optimizer = new(ParameterGroups.Of(model.named_parameters(), lr, ParameterGroups.Lavin(Number("weight_decay"))), 0.9, 0.95, 1e-8, AdamForm.Torch,
            train.GetProperty("clip_grad").ValueKind == JsonValueKind.Number ? Number("clip_grad") : null);

        for (int i = 0; i < iterations; i++)
        {
            double epoch = Number("start_epoch") + ((double)(i - (i % accumulated)) / iterations);
            double multiplier = CosineSchedule.Multiplier(epoch, Number("warmup_epochs"), Number("epochs"), Number("min_lr") / lr);
            Compare("lr_per_iteration", $"lr_per_iteration/{i}", expected["lr_per_iteration"][i], tensor(lr * multiplier));
            using Tensor loss = LanguageObjective.Loss(model, batch).div(accumulated);
            Compare("loss", $"loss/{i}", expected["loss_per_iteration_divided_by_accum"][i], loss);
            loss.backward();
            if ((i + 1) % accumulated == 0)
            {
                if (i + 1 == accumulated) CompareAll("first_grad", "first_grad/", name => learning[name].grad ?? zeros_like(learning[name]));
                double norm = Gradients.Clip(learning.Values.Select(p => p.grad).OfType<Tensor>(), double.PositiveInfinity);
                Compare("grad_norm", $"grad_norm/{i}", expected["grad_norm_per_iteration"][i], tensor(norm));
                optimizer.Step(multiplier);
                optimizer.ZeroGradients();
            }
            if (i + 1 == snapshot) CompareAll("final/* and after_*", $"after_{snapshot}/", name => learning[name]);
        }
        CompareAll("final/* and after_*", "final/", name => learning[name]);
        Assert.Equal(Names(stated.GetProperty("params_whose_grad_is_None").EnumerateArray()), learning.Where(p => p.Value.grad is null).Select(p => p.Key).Order());

        void Compare(string rule, string name, Tensor theirs, Tensor ours) => Rule(rule).Check($"{recorded.Id}/{name}", theirs, ours.view(theirs.shape));

        void CompareAll(string rule, string prefix, Func<string, Tensor> ours)
        {
            Dictionary<string, Tensor> tensors = expected.Below(prefix);
            Assert.Equal(learning.Keys.Order(), tensors.Keys.Order());
            foreach ((string name, Tensor value) in tensors) Rule(rule).Check($"{recorded.Id}/{prefix}{name}", value, ours(name));
        }

        Tolerance Rule(string name)
        {
            JsonElement rule = allowed.GetProperty(name);
            double Part(string key) => rule.TryGetProperty(key, out JsonElement part) ? part.GetDouble() : 0;
            return new(Part("abs"), Part("rel"));
        }
    }

    /// <summary>The one list of layers that a training skips.</summary>
    public static SkipMask Skipped(JsonElement json) => SkipMask.Of(json.GetProperty("skip_list").EnumerateArray().Select(layer => layer.GetInt32()));

    private static IEnumerable<string> Names(IEnumerable<JsonElement> names) => names.Select(name => name.GetString()!).Order();
}
