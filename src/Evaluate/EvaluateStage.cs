using System.Text.Json.Nodes;
using Das.Stages;

namespace Das.Evaluate;

/// <summary>Scores a fine-tuned checkpoint, under the process's computing gate.</summary>
public sealed class EvaluateStage(ArtifactStore store) : Stage<EvaluateModel, ModelEvaluated>(PipelineStages.Das)
{
    public override StageJob Read(EvaluateModel command)
    {
        Recipe recipe = Recipe.Parse(command.Recipe);
        JsonObject part = recipe.KeyPart(recipe.Evaluate);
        // What ranking one picture costs depends on the texts beside it, of which there are as many as in training.
        if (BenchmarkCatalog.Get(recipe.Benchmark.Name).Task == TaskKinds.Retrieval) part["negatives"] = recipe.Finetune.Optimization.Negatives;
        return new(part, [command.Dataset, command.Checkpoint], [], async (workspace, cancellation) =>
        {
            using IDisposable alone = await Devices.EnterAsync(cancellation);
            string finetuned = store.FolderOf(command.Checkpoint);
            RefuseOtherLayers(command.SkipModule, ModelFiles.SkipModuleOf(Path.Combine(finetuned, ResultFiles.Checkpoint)));
            return EvaluateWork.Run(recipe, store.FolderOf(command.Dataset), finetuned, workspace, cancellation,
                store.ReadResult(command.Checkpoint).LeftOut);
        });
    }

    public override ModelEvaluated Answer(EvaluateModel command, StageFinished done) => new(command.RunId, done.Artifact,
        ResultFiles.Read<EvaluationReport>(store.Verified(done.Artifact, ResultFiles.Report)).Numbers());

    private static void RefuseOtherLayers(int[] chosen, SkipMask own)
    {
        if (!SkipMask.Of(chosen).Equals(own))
            throw new DasException(ErrorKind.Checkpoint, $"The run's search chose to skip {SkipMask.Of(chosen)}, but its checkpoint was fine-tuned "
                + $"without {own}: they are not of one model. Give the run a checkpoint of its own, or start it without one.");
    }
}
