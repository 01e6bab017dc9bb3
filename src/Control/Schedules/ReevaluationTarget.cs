using Das.Control.Runs;

namespace Das.Control.Schedules;

/// <summary>What a firing evaluates again.</summary>
/// <param name="RunId">The run that trained the checkpoint.</param>
/// <param name="Recipe">Its recipe as canonical JSON.</param>
/// <param name="Given">Its dataset, skip list and checkpoint: all that Evaluate needs, so that nothing is trained.</param>
internal sealed record ReevaluationTarget(Guid RunId, string Recipe, GivenResults Given)
{
    /// <summary>The schedule's run, or at this moment the best completed run of its recipe that was no re-evaluation itself.</summary>
    /// <exception cref="DasException">There is none, or it has no checkpoint.</exception>
    public static async Task<ReevaluationTarget> FindAsync(RegistryContext rows, ScheduleRow schedule)
    {
        Guid id = schedule.RunId ?? await BestAsync(rows, schedule.RecipeName ?? "", schedule.Metric)
            ?? throw new DasException(ErrorKind.Usage,
                $"No completed run of the recipe '{schedule.RecipeName}' has a checkpoint and the metric '{schedule.Metric}'.");
        RunRow run = await rows.Runs.AsNoTracking().SingleOrDefaultAsync(run => run.Id == id)
            ?? throw new DasException(ErrorKind.Usage, $"The run {id:N} is no longer in the registry. Choose another run for this schedule.");
        RunResults? results = (await rows.Sagas.AsNoTracking().SingleOrDefaultAsync(saga => saga.CorrelationId == id))?.Results();
        return results?.Find<DatasetIngested>(PipelineStages.Ingest)?.Dataset is { } dataset
            && results.Find<ArchitectureFound>(PipelineStages.Search)?.SkipModule is { } skipModule && Checkpoint(results) is { } checkpoint
            ? new(id, run.Recipe, new(dataset, skipModule, checkpoint))
            : throw new DasException(ErrorKind.Usage,
                $"The run '{run.Name}' ({RunIds.Short(id)}) has no checkpoint to evaluate. Choose a run that has finished its "
                + "fine-tuning.");
    }

    /// <summary>The run that this firing is compared with: the schedule's last re-evaluation of the same checkpoint that was no drop, else the run
    /// that trained it.</summary>
    public async Task<Guid> BaselineAsync(RegistryContext rows, ScheduleRow schedule)
    {
        Guid? last = await rows.Firings.Where(firing => firing.ScheduleId == schedule.Id && FiringOutcome.Measures.Contains(firing.Outcome))
            .OrderByDescending(firing => firing.Due)
            .Select(firing => firing.RunId).FirstOrDefaultAsync();
        RunState? evaluated = await rows.Sagas.AsNoTracking().SingleOrDefaultAsync(saga => saga.CorrelationId == last);
        return last is { } before && Checkpoint(evaluated?.Results()) == Given.Checkpoint ? before : RunId;
    }

    private static ArtifactRef? Checkpoint(RunResults? results) => results?.Find<ModelFinetuned>(PipelineStages.Finetune)?.Checkpoint;

    private static async Task<Guid?> BestAsync(RegistryContext rows, string recipe, string metric) => await (
        from run in rows.Runs
        join score in rows.Metrics on run.Id equals score.RunId
        where run.RecipeName == recipe && run.State == RunStatus.Completed && score.Name == metric
            && rows.Set<StageRow>().Any(stage => stage.RunId == run.Id && stage.Stage == PipelineStages.Finetune && stage.State == StageStatus.Finished)
        orderby score.HigherIsBetter ? score.Mean : -score.Mean descending, run.Created descending
        select (Guid?)run.Id).FirstOrDefaultAsync();
}
