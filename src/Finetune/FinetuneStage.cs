namespace Das.Finetune;

/// <summary>What makes a fine-tuning the same, and its work under the process's computing gate.</summary>
public sealed class FinetuneStage(ArtifactStore store)
{
    public const string Name = "finetune";

    /// <summary>Raised whenever the same inputs give another result.</summary>
    private const int Version = 2;

    public StageRequest Request(FinetuneModel command)
    {
        Recipe recipe = Recipe.Parse(command.Recipe);
        string[] inputs = [command.Dataset.Sha256, SkipMask.Of(command.SkipModule).ToString(), .. BackboneFiles.Digests(recipe.Backbone)];
        return new(command.RunId, Name, Version, recipe.KeyPart(recipe.Finetune), inputs, command.Fresh);
    }

    public async Task<StageOutcome> RunAsync(FinetuneModel command, StageWorkspace workspace, CancellationToken cancellation)
    {
        using IDisposable alone = await Devices.EnterAsync(cancellation);
        return FinetuneWork.Run(Recipe.Parse(command.Recipe), store.FolderOf(command.Dataset), SkipMask.Of(command.SkipModule), workspace, cancellation);
    }
}
