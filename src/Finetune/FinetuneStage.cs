using Das.Stages;
using Das.Training.Hub;

namespace Das.Finetune;

/// <summary>Trains the architecture that was found, under the process's computing gate.</summary>
public sealed class FinetuneStage(ArtifactStore store) : Stage<FinetuneModel, ModelFinetuned>(PipelineStages.Das)
{
    public override Task FetchAsync(FinetuneModel command, Action<long, long, string> report, CancellationToken cancellation) =>
        ModelHub.FetchAsync(Recipe.Parse(command.Recipe).Backbone, report, cancellation);

    public override StageJob Read(FinetuneModel command)
    {
        Recipe recipe = ModelHub.Here(Recipe.Parse(command.Recipe));
        SkipMask skipModule = SkipMask.Of(command.SkipModule);
        string[] others = [skipModule.ToString(), .. BackboneFiles.Digests(recipe.Backbone)];
        return new(recipe.KeyPart(recipe.Finetune), [command.Dataset], others, async (workspace, cancellation) =>
        {
            using IDisposable alone = await Devices.EnterAsync(cancellation);
            return FinetuneWork.Run(recipe, store.FolderOf(command.Dataset), skipModule, workspace, cancellation);
        });
    }

    public override ModelFinetuned Answer(FinetuneModel command, StageFinished done) => new(command.RunId, done.Artifact);
}
