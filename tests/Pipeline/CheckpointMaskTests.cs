namespace Das.Tests.Pipeline;

public sealed class CheckpointMaskTests
{
    [Fact]
    public async Task A_checkpoint_without_other_layers_than_the_run_chose_is_refused_by_both()
    {
        using TemporaryFolder work = new();
        ArtifactStore store = new(work.Path);
        StageRequest finetuned = new(Guid.NewGuid(), PipelineStages.Finetune, 2, new JsonObject(), [], Fresh: false);
        StageFinished done = await new StageRunner(store, (_, _) => Task.CompletedTask).RunAsync(finetuned, (workspace, _) =>
        {
            SafetensorsWriter.Write(workspace.File(ResultFiles.Checkpoint), [("weight", ones(1))],
                new Dictionary<string, string> { [Checkpoint.SkipModuleKey] = "[3, 7]" });
            return Task.FromResult(new StageOutcome([ResultFiles.Checkpoint], []));
        }, Token);
        EvaluateModel command = new(Guid.NewGuid(), TinyShapes.Recipe.ToCanonicalJson(), false, done.Artifact, [2, 5], done.Artifact);
        StageWorkspace workspace = new(command.RunId, PipelineStages.Evaluate, work.Path, (_, _) => Task.CompletedTask, Token);
        DasException refused = await Assert.ThrowsAsync<DasException>(() => new EvaluateStage(store).Read(command).RunAsync(workspace, Token));
        Assert.Contains("chose to skip [2, 5], but its checkpoint was fine-tuned without [3, 7]", refused.Message);
    }
}
