using Das.Stages;

namespace Das.Cli.Commands;

/// <summary>What a run has left that verbs use after it.</summary>
internal static class FinishedRun
{
    /// <summary>Its fine-tuned checkpoint, compared with its digest; its vocabulary lies beside it.</summary>
    /// <exception cref="DasException">There is none yet, or it is damaged.</exception>
    public static string Checkpoint(RunView run, CancellationToken cancellation)
    {
        ArtifactRef result = run.Finetuned ?? throw new DasException(ErrorKind.Usage,
            $"Run {RunDisplay.ShortId(run.Id)} has no finished model: there is one when its stage {PipelineStages.Finetune} has ended.");
        return Path.Combine(new ArtifactStore(DasHome.FromEnvironment().Artifacts).FolderOf(result, cancellation: cancellation), ResultFiles.Checkpoint);
    }
}
