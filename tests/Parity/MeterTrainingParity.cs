using System.Text.Json;
using Das.Models.Backbones;
using Das.Models.Skipping;
using Das.Search;
using Das.Training.Objectives;
using Das.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Tests.Parity;

/// <summary>Recorded optimizer steps of METER: fine-tuning on two tasks, and a search from end to end.</summary>
internal sealed class MeterTrainingParity : IDisposable
{
    /// <summary>Elements whose gradient is rounding noise may go astray under Adam; the recordings allow fewer than this share.</summary>
    private const double Stragglers = 1e-3;

    private readonly ParityCase recorded;
    private readonly JsonElement json, training, allowed;
    private readonly Dictionary<string, Tensor> expected, files;
    private readonly HashSet<string> incomparable;
    private readonly Meter model;
    private readonly Dictionary<string, Parameter> parameters;
    private readonly IReadOnlyList<ParameterGroup> groups;
    private readonly int[] used;
    private int compared;

    private MeterTrainingParity(ParityCase recorded)
    {
        this.recorded = recorded;
        json = recorded.Read();
        (training, allowed) = (json.GetProperty("training"), json.GetProperty("tolerance"));
        incomparable = [.. Strings(allowed.GetProperty("not_comparable"))];
        (expected, files) = (ViltParity.Tensors(recorded, json, "expected"), ViltParity.Tensors(recorded, json, "inputs"));
        using (no_grad()) model = MeterParity.Build(recorded, json, training);
        model.train();
        model.FreezeForAdapters();
        parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.Equal(Strings(json.GetProperty("trainable_parameters")), parameters.Where(p => p.Value.requires_grad).Select(p => p.Key));

        groups = ParameterGroups.Of(
            model.named_parameters(), Number("learning_rate"), Number("lr_mult_head"), Number("weight_decay"), crossModalMultiplier: Number("lr_mult_cross_modal"));
        JsonElement[] theirs = [.. json.GetProperty("optimizer_groups").EnumerateArray()];
        used = [.. Enumerable.Range(0, theirs.Length).Where(g => Learning(theirs[g]).Any())];
        Assert.Equal(used.Length, groups.Count);
        for (int g = 0; g < used.Length; g++)
        {
            Assert.Equal(theirs[used[g]].GetProperty("initial_lr").GetDouble(), groups[g].LearningRate, 12);
            Assert.Equal(theirs[used[g]].GetProperty("weight_decay").GetDouble(), groups[g].WeightDecay, 12);
            Assert.Equal(Learning(theirs[used[g]]), groups[g].Parameters.Select(p => p.Name));
        }
    }

    public static void Finetune(ParityCase recorded)
    {
        using DisposeScope scope = NewDisposeScope();
        using MeterTrainingParity run = new(recorded);
        Dictionary<string, Tensor> inputs = run.Batch();
        run.Steps((_, _) => run.training.GetProperty("task").GetString() == "vqa" ? run.Vqa(inputs) : run.RetrievalAndMatching(inputs), (_, _) => { });
    }

    public static void Search(ParityCase recorded)
    {
        using DisposeScope scope = NewDisposeScope();
        using MeterTrainingParity run = new(recorded);
        JsonElement config = run.training.GetProperty("config");
        Dictionary<string, Tensor> inputs = run.Batch(), held = run.files.Below("val/");
        JsonElement[] recordedDraws = [.. run.json.GetProperty("draws").EnumerateArray()];
        Queue<int[]> draws = new(recordedDraws.Select(d => d.GetProperty("drawn").EnumerateArray().Select(i => i.GetInt32()).ToArray()));
        int[] Replay(ReadOnlySpan<float> weights, int count) => draws.Dequeue();

        int[] epochs = [.. run.training.GetProperty("epoch_of_step").EnumerateArray().Select(e => e.GetInt32())];
        SkipPolicy policy = new(run.model.CandidateCount, recordedDraws[0].GetProperty("n").GetInt32(), config.GetProperty("das_step").GetInt32());
        UpdateSchedule updates = new(config.GetProperty("das_turn").GetInt32(), epochs.Count(e => e == 0));
        Tolerance gates = Tolerance.Read(run.allowed.GetProperty("gates")), losses = Tolerance.Read(run.allowed.GetProperty("losses"));
        SkipMask? chosen = null;

        run.Steps(
            (step, trace) =>
            {
                SkipMask drawn = epochs[step] < config.GetProperty("das_epoch").GetInt32() ? policy.Sample(Replay) : chosen!;
                double[] theirs = [.. trace.GetProperty("candidate_losses").EnumerateArray().Select(l => l.GetDouble())];
                if (epochs[step] < config.GetProperty("das_epoch").GetInt32()) Assert.Equal(theirs.Length > 0, updates.IsDue(step));
                if (theirs.Length > 0)
                {
                    using IDisposable frozen = no_grad();
                    IReadOnlyList<Candidate> candidates = policy.Update(Replay, skipped =>
                    {
                        run.model.Skipped = skipped;
                        return run.Pairs(held, run.training.GetProperty("val_answers")).item<float>();
                    });
                    for (int c = 0; c < theirs.Length; c++) losses.Check($"{recorded.Id}/candidate{step}.{c}", theirs[c], candidates[c].Loss);
                }
                run.model.Skipped = drawn;
                return run.Pairs(inputs, run.training.GetProperty("batch").GetProperty("answers"));
            },
            (step, trace) =>
            {
                gates.Check($"{recorded.Id}/gates{step}", tensor(trace.GetProperty("gates_after").EnumerateArray().Select(g => g.GetSingle()).ToArray()), tensor(policy.Preferences));
                if (!trace.TryGetProperty("selection_at_epoch_end", out JsonElement selection)) return;
                chosen = policy.Choice();
                Assert.Equal(selection.EnumerateArray().Select(i => i.GetInt32()).Order(), chosen);
            });
        Assert.Empty(draws);
    }

    public void Dispose() => model.Dispose();

    private Dictionary<string, Tensor> Batch() => files.Below(training.GetProperty("batch").GetProperty("inputs").GetString() + "/");

    private Tensor Vqa(Dictionary<string, Tensor> inputs)
    {
        JsonElement batch = training.GetProperty("batch");
        Tensor targets = VqaObjective.Targets(
            ViltParity.Labels(batch.GetProperty("vqa_labels")), ViltParity.Scores(batch.GetProperty("vqa_scores")), model.Heads.VqaAnswers);
        return VqaObjective.Loss(model.VqaLogits(model.Features(inputs["text_ids"], inputs["text_masks"], inputs["image"])), targets);
    }

    /// <summary>Both with factor 1, whatever their weights were.</summary>
    private Tensor RetrievalAndMatching(Dictionary<string, Tensor> inputs)
    {
        (Tensor image, Tensor matches) = MeterParity.Matching(training, inputs);
        Tensor itm = ItmObjective.Loss(model.ItmLogits(model.Features(inputs["text_ids"], inputs["text_masks"], image)), matches);
        return itm.add(RetrievalObjective.Loss(MeterParity.Retrieval(model, inputs).Scores));
    }

    private Tensor Pairs(Dictionary<string, Tensor> inputs, JsonElement answers)
    {
        (Tensor left, Tensor right) = MeterParity.Pair(model, inputs);
        return Nlvr2Objective.Loss(model.Nlvr2Logits(left, right), MeterParity.Truths(answers));
    }

    private void Steps(Func<int, JsonElement, Tensor> loss, Action<int, JsonElement> after)
    {
        using HfAdamW optimizer = new(groups);
        int maxSteps = training.GetProperty("max_steps").GetInt32(), warmup = LinearSchedule.WarmupSteps(Number("warmup_steps"), maxSteps);
        foreach (JsonElement trace in json.GetProperty("trace").EnumerateArray())
        {
            using DisposeScope scope = NewDisposeScope();
            int step = trace.GetProperty("step").GetInt32();
            double multiplier = LinearSchedule.Multiplier(step, warmup, maxSteps);
            for (int g = 0; g < used.Length; g++)
                Assert.Equal(trace.GetProperty("lr_per_group")[used[g]].GetDouble(), groups[g].LearningRate * multiplier, 12);

            Tensor total = loss(step, trace);
            Tolerance.Read(allowed.GetProperty("losses")).Check($"{recorded.Id}/loss{step}", trace.GetProperty("losses").GetProperty("total")[0].GetDouble(), total.item<float>());
            total.backward();
            if (trace.TryGetProperty("params_with_grad_none", out JsonElement none))
                Assert.Equal(Strings(none).Order(), parameters.Where(p => p.Value.requires_grad && p.Value.grad is null).Select(p => p.Key).Order());
            Compare($"grad_step{step}/", "grads", name => parameters[name].grad!);
            optimizer.Step(multiplier);
            optimizer.ZeroGradients();
            Compare($"after_step{step}/", "params", name => parameters[name]);
            after(step, trace);
        }
        Compare("final/", "params", name => parameters[name]);
        Assert.Equal(expected.Count, compared);
    }

    private void Compare(string prefix, string kind, Func<string, Tensor> ours)
    {
        foreach ((string name, Tensor value) in expected.Below(prefix))
        {
            compared++;
            if (!incomparable.Contains(prefix + name) && !incomparable.Contains(name))
                Tolerance.Read(allowed.GetProperty(kind)).Check($"{recorded.Id}/{prefix}{name}", value, ours(name), kind == "params" ? Stragglers : 0);
        }
    }

    private double Number(string key) => training.GetProperty("config").GetProperty(key).GetDouble();

    /// <summary>A recorded group without what the published code lists although it is frozen and left alone.</summary>
    private static IEnumerable<string> Learning(JsonElement group) => Strings(group.GetProperty("params")).Where(name => !name.StartsWith("text_transformer.", StringComparison.Ordinal));

    private static IEnumerable<string> Strings(JsonElement list) => list.EnumerateArray().Select(e => e.GetString()!);
}
