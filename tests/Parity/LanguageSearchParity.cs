using System.Text.Json;
using Das.Models.Backbones;
using Das.Models.Skipping;
using Das.Recipes;
using Das.Search;
using Das.Training.Objectives;
using Das.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Das.Tests.Parity;

/// <summary>A whole recorded search epoch of a small LLaMA, its draws replayed: losses of every step and every comparison, and the preferences.</summary>
internal static class LanguageSearchParity
{
    /// <summary>Steps until which losses are compared more closely: rounding grows through training.</summary>
    private const int Early = 20;

    public static void Check(ParityCase recorded)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement json = recorded.Read(), search = json.GetProperty("search"), allowed = json.GetProperty("tolerance");
        Dictionary<string, Tensor> inputs = TensorFile.Read(Path.Combine(recorded.Folder, "inputs.safetensors")), expected = TensorFile.Read(Path.Combine(recorded.Folder, "expected.safetensors"));
        double Number(string key) => search.GetProperty(key).GetDouble();
        int iterations = search.GetProperty("iterations").GetInt32(), skip = search.GetProperty("skipped_num").GetInt32();
        SearchRecipe recipe = new() { Candidates = 3, StepSize = 0.05, Every = 0, WarmupEpochs = Number("nas_warmup_epoch") };
        UpdateSchedule updates = UpdateSchedule.Of(recipe, iterations);

        using Llama model = LlamaParity.Load(recorded, json, null);
        model.train();
        model.FreezeForAdapters();
        using DecoupledAdam optimizer = new(ParameterGroups.Of(model.named_parameters().Select(p => (p.name, p.parameter)), Number("lr"), ParameterGroups.Lavin(Number("weight_decay"))), 0.9, 0.95, 1e-8, AdamForm.Torch);
        SkipPolicy own = new(model.CandidateCount, skip, recipe.Candidates, recipe.StepSize), fed = new(model.CandidateCount, skip, recipe.Candidates, recipe.StepSize);
        int update = 0;
        for (int i = 0; i < iterations; i++)
        {
            using DisposeScope step = NewDisposeScope();
            SkipMask trained = SkipMask.Of(Layers(expected["train_select"][i]));
            model.Skipped = trained;
            Tensor loss = LanguageObjective.Loss(model, Rows(inputs["train_examples"][i % 4], inputs["train_labels"][i % 4]));
            Within(allowed.GetProperty(i < Early ? "train_loss first 20" : "train_loss later")).Check($"{recorded.Id}/loss{i}", expected["train_loss"][i].item<double>(), loss.item<float>());
            bool due = updates.IsDue(i);
            Assert.Equal(due, update < expected["nas_iteration"].shape[0] && expected["nas_iteration"][update].item<long>() == i);
            if (due) Update(update++);
            Tensor scores = expected["scores_after_iteration"][i];
            Within(allowed.GetProperty("scores (own losses)")).Check($"{recorded.Id}/own{i}", scores, tensor(own.Preferences));
            Within(allowed.GetProperty("scores (recorded nas_loss fed in)")).Check($"{recorded.Id}/fed{i}", scores, tensor(fed.Preferences));
            model.Skipped = trained;
            loss.backward();
            optimizer.Step(CosineSchedule.Multiplier((double)i / iterations, Number("warmup_epochs"), Number("epochs")));
            optimizer.ZeroGradients();
        }
        Assert.Equal(expected["nas_iteration"].shape[0], update);
        Assert.Equal(SkipMask.Of(Layers(expected["final_choice_ascending_prob"])), own.Choice());

        void Update(int number)
        {
            using IDisposable frozen = no_grad();
            Tensor drawn = expected["nas_select"][number], losses = expected["nas_loss"][number], rows = expected["nas_val_rows"][number];
            TokenBatch batch = Rows(inputs["val_examples"].index_select(0, rows), inputs["val_labels"].index_select(0, rows));
            int draws = 0, compared = 0;
            model.eval();
            own.Update((_, _) => Layers(drawn[draws++]), skipped =>
            {
                model.Skipped = skipped;
                double loss = LanguageObjective.Loss(model, batch).item<float>();
                Within(allowed.GetProperty("nas_loss")).Check($"{recorded.Id}/nas{number}", losses[compared++].item<double>(), loss);
                return loss;
            });
            model.train();
            (draws, compared) = (0, 0);
            fed.Update((_, _) => Layers(drawn[draws++]), _ => losses[compared++].item<double>());
        }
    }

    private static TokenBatch Rows(Tensor ids, Tensor labels) => LlamaParity.Batch(new Dictionary<string, Tensor> { ["examples"] = ids, ["labels"] = labels });

    private static int[] Layers(Tensor row) => [.. Continuations.Longs(row).Select(layer => (int)layer)];

    private static Tolerance Within(JsonElement allowed) => new(allowed.GetProperty("abs").GetDouble(), allowed.TryGetProperty("rel", out JsonElement relative) ? relative.GetDouble() : 0);
}
