using static TorchSharp.torch;

namespace Das.Finetune;

/// <summary>Trains adapters and head of the found architecture and writes the finished model as one checkpoint (method §2.8).</summary>
public static class FinetuneWork
{
    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="skipModule">The layers to replace by adapters.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one micro-step.</param>
    public static StageOutcome Run(Recipe recipe, string dataset, SkipMask skipModule, StageWorkspace workspace, CancellationToken cancellation)
    {
        using TaskTraining training = new(TaskContext.In(workspace, recipe, dataset, cancellation), recipe.Finetune.Optimization, recipe.Finetune.Epochs,
            removed: skipModule);
        IReadOnlyList<float> losses = training.Run(new TaskLoss(training), workspace.File(ResultFiles.State),
            (done, total, loss) => workspace.Report(done, total, $"loss {loss:0.000}{training.LeftOut.Note}", () => training.Curves(done, loss)), cancellation);

        IReadOnlyList<string> vocabulary = BackboneFiles.CopyVocabulary(recipe.Backbone, workspace.Folder);
        ModelFiles.WriteFinetuned(workspace.File(ResultFiles.Checkpoint), training.Model, training.Heads, recipe, skipModule, training.Kind.TokenTypes,
            $"{training.Dataset.Benchmark} {training.Dataset.Version}");
        ResultFiles.Write(workspace.File(ResultFiles.Losses), new TrainingLosses(losses));
        return new([ResultFiles.Checkpoint, ResultFiles.Losses, .. vocabulary], new() { ["finalLoss"] = losses.TakeLast(50).Average() })
        {
            LeftOut = training.LeftOut,
        };
    }

    private sealed class TaskLoss(TaskTraining training) : ITrainingTask
    {
        public Tensor Loss(long step) => training.Loss(step);
    }
}
