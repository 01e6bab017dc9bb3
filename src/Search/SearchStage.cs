using Das.Stages;
using Das.Training.Hub;

namespace Das.Search;

/// <summary>Finds the layers to skip, under the process's computing gate.</summary>
public sealed class SearchStage(ArtifactStore store) : Stage<SearchArchitecture, ArchitectureFound>(PipelineStages.Das)
{
    public override Task FetchAsync(SearchArchitecture command, Action<long, long, string> report, CancellationToken cancellation) =>
        ModelHub.FetchAsync(Recipe.Parse(command.Recipe).Backbone, report, cancellation);

    public override StageJob Read(SearchArchitecture command)
    {
        Recipe recipe = ModelHub.Here(Recipe.Parse(command.Recipe));
        return new(recipe.KeyPart(recipe.Search), [command.Dataset], BackboneFiles.Digests(recipe.Backbone), async (workspace, cancellation) =>
        {
            using IDisposable alone = await Devices.EnterAsync(cancellation);
            return SearchWork.Run(recipe, store.FolderOf(command.Dataset), workspace, cancellation);
        });
    }

    public override ArchitectureFound Answer(SearchArchitecture command, StageFinished done) =>
        new(command.RunId, done.Artifact, done.Result.Fact<int[]>(SearchWork.SkipModule));
}
