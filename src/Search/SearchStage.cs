namespace Das.Search;

/// <summary>What makes a search the same search, and its work under the process's computing gate.</summary>
public sealed class SearchStage(ArtifactStore store)
{
    public const string Name = "search";

    /// <summary>Raised whenever the same inputs give another result.</summary>
    private const int Version = 3;

    public StageRequest Request(SearchArchitecture command)
    {
        Recipe recipe = Recipe.Parse(command.Recipe);
        return new(command.RunId, Name, Version, recipe.KeyPart(recipe.Search), [command.Dataset.Sha256, .. BackboneFiles.Digests(recipe.Backbone)],
            command.Fresh);
    }

    public async Task<StageOutcome> RunAsync(SearchArchitecture command, StageWorkspace workspace, CancellationToken cancellation)
    {
        using IDisposable alone = await Devices.EnterAsync(cancellation);
        return SearchWork.Run(Recipe.Parse(command.Recipe), store.FolderOf(command.Dataset), workspace, cancellation);
    }
}
