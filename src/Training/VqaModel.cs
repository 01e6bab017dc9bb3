using System.Text.Json;
using System.Text.Json.Nodes;
using Das.Models.Backbones;
using Das.Models.Checkpoints;
using Das.Models.Skipping;
using Das.Recipes;
using Das.Training.Batches;
using Das.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Das.Training;

/// <summary>A backbone with a question-answering head: what the search, the fine-tuning and the evaluation of VQA compute with.</summary>
public sealed class VqaModel(Vilt backbone) : IDisposable
{
    /// <summary>Metadata keys of a checkpoint of ours.</summary>
    public const string ConfigKey = "das.config", SkipModuleKey = "das.skip_module", RecipeKey = "das.recipe",
        BackboneKey = "das.backbone_sha256", BenchmarkKey = "das.benchmark", AnswersKey = "das.answers";

    public Vilt Backbone => backbone;
    public ViltConfig Config => backbone.Config;

    /// <summary>The pretrained backbone with freshly initialised adapters and head, only those and the other published trainables learning (spec §2.5).</summary>
    /// <param name="recipe">Which checkpoint, and the adapters' sizes.</param>
    /// <param name="answers">V, the number of answers.</param>
    /// <param name="dropout">Dropout while training.</param>
    /// <param name="seed">Seeds the new weights.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="removed">The layers a finished model does without; null while searching.</param>
    public static VqaModel FromPretrained(BackboneRecipe recipe, int answers, double dropout, int seed, Device device, SkipMask? removed)
    {
        using Checkpoint checkpoint = Checkpoint.Open(recipe.Checkpoint);
        ViltConfig config = ReadConfig(checkpoint, recipe) with { DropRate = dropout };
        manual_seed(unchecked((long)Seeds.Of(seed, "init", 0)));
        Vilt backbone = new(config, new TaskHeads(VqaAnswers: answers), removed);
        CheckpointLoader.LoadInto(backbone, checkpoint, backbone.PretrainedRules);
        backbone.FreezeForAdapters();
        backbone.to(device);
        return new(backbone);
    }

    /// <summary>A model fine-tuned by us, from its checkpoint alone.</summary>
    /// <exception cref="CheckpointException">The file is not a fine-tuned checkpoint of ours.</exception>
    public static VqaModel FromFinetuned(string path, Device device)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        ViltConfig config = JsonSerializer.Deserialize<ViltConfig>(Required(checkpoint, path, ConfigKey), JsonSerializerOptions.Web)!;
        SkipMask removed = SkipMask.Parse(Required(checkpoint, path, SkipModuleKey));
        int answers = int.Parse(Required(checkpoint, path, AnswersKey), System.Globalization.CultureInfo.InvariantCulture);
        Vilt backbone = new(config, new TaskHeads(VqaAnswers: answers), removed);
        CheckpointLoader.LoadInto(backbone, checkpoint, LoadRules.Strict);
        backbone.to(device);
        return new(backbone);
    }

    /// <summary>The architecture: the checkpoint's own statement, else the published one, with the recipe's changes.</summary>
    /// <exception cref="ArgumentException">The recipe names an architecture value that does not exist.</exception>
    public static ViltConfig ReadConfig(Checkpoint checkpoint, BackboneRecipe recipe)
    {
        JsonObject values = checkpoint.Metadata.TryGetValue(ConfigKey, out string? stated)
            ? JsonNode.Parse(stated)!.AsObject()
            : JsonSerializer.SerializeToNode(new ViltConfig(), JsonSerializerOptions.Web)!.AsObject();
        values["inLayerBottleneck"] = recipe.InLayerBottleneck;
        values["replacementBottleneck"] = recipe.ReplacementBottleneck;
        foreach ((string key, JsonNode? value) in recipe.Config ?? [])
        {
            if (!values.ContainsKey(key))
                throw new ArgumentException($"backbone.config has no '{key}'. Known: {string.Join(", ", values.Select(v => v.Key))}.");
            values[key] = value!.DeepClone();
        }
        return values.Deserialize<ViltConfig>(JsonSerializerOptions.Web)!;
    }

    /// <summary>Answer scores (B, V) before the sigmoid.</summary>
    public Tensor Logits(VqaBatch batch) => backbone.VqaLogits(backbone.Features(batch.TextIds, batch.TextMask, batch.Image));

    /// <summary>The published VQA loss of a batch (scalar).</summary>
    public Tensor Loss(VqaBatch batch) => VqaObjective.Loss(Logits(batch), batch.Targets);

    public void Dispose() => backbone.Dispose();

    private static string Required(Checkpoint checkpoint, string path, string key) => checkpoint.Metadata.TryGetValue(key, out string? value) ? value
        : throw new CheckpointException($"{path}: no '{key}' in its metadata, so it is no checkpoint of the fine-tune stage. Run the recipe to make one.");
}
