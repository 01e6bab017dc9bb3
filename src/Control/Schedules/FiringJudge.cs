using Das.Control.Curves;
using Das.Control.Progress;
using Das.Control.Runs;
using Das.Reports.Paired;

namespace Das.Control.Schedules;

/// <summary>
/// Says what became of re-evaluations that have ended. The registry is the memory: what ended while nothing ran is judged
/// later, and judging twice changes nothing.
/// </summary>
public sealed partial class FiringJudge(
    IDbContextFactory<RegistryContext> registry, RunRegistry runs, EvaluationComparison comparison, ScheduleFirings firings, DropWebhook webhook,
    Publisher publisher, RunFeed feed, ILogger<FiringJudge> log)
{
    /// <summary>A lower mean counts as a drop when the paired test's p-value is below this.</summary>
    public const double Significance = 0.05;

    /// <summary>Judges every firing whose run has ended (also a failed one whose run was retried and has completed), and starts what waited for it.</summary>
    public async Task JudgeAsync(CancellationToken cancellation)
    {
        foreach ((FiringRow firing, ScheduleRow schedule, RunRow run) in await EndedAsync(cancellation))
        {
            await JudgeAsync(firing, schedule, run, cancellation);
            await firings.StartWaitingAsync(schedule.Id);
        }
    }

    private async Task<List<(FiringRow, ScheduleRow, RunRow)>> EndedAsync(CancellationToken cancellation)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync(cancellation);
        var ended = await (from firing in rows.Firings.AsNoTracking()
                           join schedule in rows.Schedules.AsNoTracking() on firing.ScheduleId equals schedule.Id
                           join run in rows.Runs.AsNoTracking() on firing.RunId equals run.Id
                           where firing.Outcome == FiringOutcome.Started && RunRow.Ended.Contains(run.State) && !run.RetryRequested
                               || firing.Outcome == FiringOutcome.Failed && run.State == RunStatus.Completed
                           orderby firing.Due
                           select new { firing, schedule, run }).ToListAsync(cancellation);
        return [.. ended.Select(each => (each.firing, each.schedule, each.run))];
    }

    private async Task JudgeAsync(FiringRow firing, ScheduleRow schedule, RunRow run, CancellationToken cancellation)
    {
        string before = firing.Outcome;
        switch (run.State)
        {
            case RunStatus.Completed: await CompareAsync(firing, schedule, cancellation); break;
            case RunStatus.Cancelled: (firing.Outcome, firing.Sentence) = (FiringOutcome.Failed, "The re-evaluation was cancelled."); break;
            default: (firing.Outcome, firing.Sentence) = (FiringOutcome.Failed, run.Error); break;
        }
        AccuracyDropped? drop = firing.Outcome == FiringOutcome.Dropped
            ? new(schedule.Id, schedule.Name, run.Id, firing.ComparedWith!.Value, schedule.Metric, firing.Before!.Value, firing.After!.Value,
                firing.PValue!.Value)
            : null;
        // Published before it is written down: a process that ends in between says it twice rather than never.
        if (drop is not null) await publisher.PublishAsync(drop, cancellation);
        if (!await WriteAsync(firing, before, cancellation)) return;
        feed.Changed(run.Id);
        if (firing.Outcome is FiringOutcome.Failed or FiringOutcome.NotCompared) LogFailed(schedule.Name, firing.Sentence ?? "");
        if (drop is null) return;
        LogDropped(schedule.Name, firing.Sentence!);
        if (schedule.Webhook is { Length: > 0 } url) _ = PostAsync(url, drop, firing, cancellation);
    }

    private async Task CompareAsync(FiringRow firing, ScheduleRow schedule, CancellationToken cancellation)
    {
        PairedComparison found = await CompareAsync(runs, comparison, firing.ComparedWith!.Value, firing.RunId!.Value, schedule.Metric, cancellation);
        (firing.Before, firing.After, firing.PValue, firing.Outcome) = (found.Before, found.After, found.PValue, FiringOutcome.Passed);
        if (found is { Before: { } then, After: { } now, PValue: < Significance and { } chance } && now < then)
        {
            firing.Outcome = FiringOutcome.Dropped;
            firing.Sentence = string.Create(CultureInfo.InvariantCulture,
                $"{schedule.Metric} fell from {then * 100:0.0#} % to {now * 100:0.0#} % (p = {chance:0.####}, paired test over {found.Questions} questions).");
        }
        else if (found.PValue is null) (firing.Outcome, firing.Sentence) = (FiringOutcome.NotCompared, $"It could not be compared: {found.Why}");
    }

    internal static async Task<PairedComparison> CompareAsync(RunRegistry runs, EvaluationComparison comparison, Guid before, Guid after, string metric,
        CancellationToken cancellation)
    {
        RunView? first = await runs.FindAsync(before), second = await runs.FindAsync(after);
        return first is null || second is null
            ? new(null, null, null, 0, $"There is no run {(first is null ? before : after):N} in this registry.")
            : await Task.Run(() => comparison.Compare(first.ToEvaluated(), second.ToEvaluated(), metric, cancellation), cancellation);
    }

    /// <summary>False if another process has judged the firing meanwhile, or the schedule is gone.</summary>
    private async Task<bool> WriteAsync(FiringRow firing, string before, CancellationToken cancellation)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync(cancellation);
        int written = await rows.Firings.Where(row => row.Id == firing.Id && row.Outcome == before).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.Outcome, firing.Outcome).SetProperty(row => row.Sentence, firing.Sentence)
            .SetProperty(row => row.Before, firing.Before).SetProperty(row => row.After, firing.After).SetProperty(row => row.PValue, firing.PValue),
                cancellation);
        if (written == 0 || firing.Outcome != FiringOutcome.Dropped) return written > 0;
        rows.Log.Add(new() { RunId = firing.RunId!.Value, At = DateTime.UtcNow, Stage = PipelineStages.Evaluate, Text = firing.Sentence! });
        await rows.SaveChangesAsync(cancellation);
        return true;
    }

    private async Task PostAsync(string url, AccuracyDropped drop, FiringRow firing, CancellationToken cancellation)
    {
        try
        {
            if (await webhook.PostAsync(url, drop, $"{drop.Schedule}: {firing.Sentence}", cancellation) is not { } refused) return;
            LogRefused(drop.Schedule, refused);
            await using RegistryContext rows = await registry.CreateDbContextAsync(cancellation);
            await rows.Firings.Where(row => row.Id == firing.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Sentence, $"{firing.Sentence} {refused}"), cancellation);
            feed.Changed(drop.RunId);
        }
        catch (Exception fault) when (fault is not OperationCanceledException) { LogRefused(drop.Schedule, fault.Message); }
        catch (OperationCanceledException) { /* The process ends. */ }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule '{Schedule}' found a drop: {Sentence}")]
    private partial void LogDropped(string schedule, string sentence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A re-evaluation of the schedule '{Schedule}' says nothing: {Reason}")]
    private partial void LogFailed(string schedule, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook of the schedule '{Schedule}' was not told: {Reason}")]
    private partial void LogRefused(string schedule, string reason);
}
