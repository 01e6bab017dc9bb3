using System.Text.Json;
using System.Text.Json.Nodes;
using Das.Artifacts;
using Das.Models.Checkpoints;
using Das.Models.Skipping;
using Das.Recipes;
using Das.Training;
using static TorchSharp.torch;

namespace Das.Finetune;

/// <summary>Trains adapters and head of the found architecture and writes the finished model as one checkpoint (spec §2.8).</summary>
public static class FinetuneWork
{
    public const string CheckpointFile = "model.safetensors", LossesFile = "losses.json", VocabularyFile = "vocab.txt";

    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="skipModule">The layers to replace by adapters.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one micro-step.</param>
    public static StageOutcome Run(Recipe recipe, string dataset, SkipMask skipModule, StageWorkspace workspace, CancellationToken cancellation)
    {
        using VqaTraining training = new(recipe, recipe.Finetune.Optimization, recipe.Finetune.Epochs, dataset, removed: skipModule);
        IReadOnlyList<float> losses = training.Run(new TaskLoss(training), workspace.File("state.safetensors"),
            (done, total, loss) => workspace.Report(done, total, $"loss {loss:0.000}"), cancellation);

        File.Copy(BackboneFiles.Vocabulary(recipe.Backbone), workspace.File(VocabularyFile), overwrite: true);
        string checkpoint = workspace.File(CheckpointFile);
        SafetensorsWriter.Write(checkpoint, training.Model.Backbone.state_dict().Select(s => (s.Key, s.Value)), new Dictionary<string, string>
        {
            [VqaModel.ConfigKey] = JsonSerializer.Serialize(training.Model.Config, JsonSerializerOptions.Web),
            [VqaModel.SkipModuleKey] = skipModule.ToString(),
            [VqaModel.RecipeKey] = recipe.ToCanonicalJson(),
            [VqaModel.BackboneKey] = BackboneFiles.Digests(recipe.Backbone)[0],
            [VqaModel.BenchmarkKey] = $"{training.Manifest.Benchmark} {training.Manifest.Version}",
            [VqaModel.AnswersKey] = training.Manifest.Answers.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
        AtomicFile.WriteJson(workspace.File(LossesFile), new JsonObject { ["losses"] = JsonSerializer.SerializeToNode(losses) });
        return new([CheckpointFile, VocabularyFile, LossesFile], new JsonObject { ["finalLoss"] = losses.TakeLast(50).Average() });
    }

    private sealed class TaskLoss(VqaTraining training) : ITrainingTask
    {
        public Tensor Loss(long step) => training.Loss(step);
    }
}
