namespace Das.Evaluate;

/// <summary>What makes an evaluation the same, and its work under the process's computing gate.</summary>
public sealed class EvaluateStage(ArtifactStore store)
{
    public const string Name = "evaluate";

    /// <summary>Raised whenever the same inputs give another result.</summary>
    private const int Version = 3;

    public StageRequest Request(EvaluateModel command)
    {
        Recipe recipe = Recipe.Parse(command.Recipe);
        return new(command.RunId, Name, Version, recipe.KeyPart(recipe.Evaluate), [command.Dataset.Sha256, command.Checkpoint.Sha256], command.Fresh);
    }

    public async Task<StageOutcome> RunAsync(EvaluateModel command, StageWorkspace workspace, CancellationToken cancellation)
    {
        using IDisposable alone = await Devices.EnterAsync(cancellation);
        return EvaluateWork.Run(Recipe.Parse(command.Recipe), store.FolderOf(command.Dataset), store.FolderOf(command.Checkpoint), workspace, cancellation);
    }
}
