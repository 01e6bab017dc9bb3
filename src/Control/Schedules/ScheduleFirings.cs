using System.Data;
using Das.Control.Progress;
using Das.Control.Runs;

namespace Das.Control.Schedules;

/// <summary>
/// Decides what is due and starts it. Whoever wakes a schedule, and how often, changes nothing: a time is settled in one
/// transaction of the registry, once for all processes, and one re-evaluation of a schedule runs at a time.
/// </summary>
public sealed partial class ScheduleFirings(IDbContextFactory<RegistryContext> registry, RunRegistry runs, TimeProvider time, RunFeed feed,
    ILogger<ScheduleFirings> log)
{
    /// <summary>The word that re-evaluations carry.</summary>
    public const string Tag = "schedule";

    /// <summary>A firing whose process ended between noting it and starting its run is taken up again after this time.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(1);

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Settles every time that has come since the last call, and starts what may start.</summary>
    public async Task WakeAsync(Guid scheduleId)
    {
        await ChangeAsync(scheduleId, async (rows, schedule) =>
        {
            if (schedule.Paused) return;
            DateTime now = Now;
            IReadOnlyList<DateTime> due = ScheduleCalendar.Due(schedule.Cron, schedule.TimeZone, schedule.Settled, now);
            if (due.Count == 0) return;
            bool busy = await rows.Firings.AnyAsync(firing => firing.ScheduleId == scheduleId && FiringOutcome.Open.Contains(firing.Outcome));
            rows.Firings.AddRange(CatchUp.Decide(schedule, due, busy, now));
            schedule.Settled = now;
        });
        await StartWaitingAsync(scheduleId);
    }

    /// <summary>Fires now, also while paused.</summary>
    /// <returns>The firing: started, failed, or left out while another one of the schedule has not ended.</returns>
    /// <exception cref="DasException">There is no such schedule.</exception>
    public async Task<FiringView> RunNowAsync(Guid scheduleId)
    {
        FiringRow? noted = null;
        await ChangeAsync(scheduleId, async (rows, schedule) =>
        {
            DateTime now = Now;
            while (await rows.Firings.AnyAsync(firing => firing.ScheduleId == scheduleId && firing.Due == now)) now = now.AddMilliseconds(1);
            bool busy = await rows.Firings.AnyAsync(firing => firing.ScheduleId == scheduleId && FiringOutcome.Open.Contains(firing.Outcome));
            noted = CatchUp.Decide(schedule, [now], busy, now)[0];
            rows.Firings.Add(noted);
        });
        if (noted is null) throw ScheduleBook.Unknown(scheduleId);
        await StartWaitingAsync(scheduleId);
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        return FiringView.Of(await rows.Firings.AsNoTracking().SingleAsync(firing => firing.Id == noted.Id));
    }

    /// <summary>Starts the schedule's oldest waiting firing if none is under way.</summary>
    public async Task StartWaitingAsync(Guid scheduleId)
    {
        (FiringRow Firing, ScheduleRow Schedule, ReevaluationTarget Target)? begun = null;
        await ChangeAsync(scheduleId, async (rows, schedule) =>
        {
            if (await rows.Firings.AnyAsync(firing => firing.ScheduleId == scheduleId && firing.Outcome == FiringOutcome.Started)) return;
            List<FiringRow> waiting = await rows.Firings.Where(firing => firing.ScheduleId == scheduleId && firing.Outcome == FiringOutcome.Waiting)
                .OrderBy(firing => firing.Due).ToListAsync();
            foreach (FiringRow firing in waiting)
                if (await BeginAsync(rows, schedule, firing) is { } target)
                {
                    begun = (firing, schedule, target);
                    return;
                }
        });
        if (begun is { } started) await LaunchAsync(started.Schedule, started.Firing, started.Target);
    }

    /// <summary>Starts the runs of firings that were noted and never started.</summary>
    public async Task RepairAsync()
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        DateTime lost = Now - Lost;
        var halves = await (from firing in rows.Firings.AsNoTracking()
                            join schedule in rows.Schedules.AsNoTracking() on firing.ScheduleId equals schedule.Id
                            where firing.Outcome == FiringOutcome.Started && firing.Fired < lost && !rows.Set<RunRow>().Any(run => run.Id == firing.RunId)
                            select new { firing, schedule }).ToListAsync();
        foreach (var half in halves)
        {
            try { await LaunchAsync(half.schedule, half.firing, await ReevaluationTarget.FindAsync(rows, half.schedule)); }
            catch (DasException nothing)
            {
                await rows.Firings.Where(firing => firing.Id == half.firing.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(firing => firing.Outcome, FiringOutcome.Failed)
                        .SetProperty(firing => firing.Sentence, nothing.Message));
            }
        }
    }

    /// <summary>The firing is under way with an id for its run, or it has failed.</summary>
    private async Task<ReevaluationTarget?> BeginAsync(RegistryContext rows, ScheduleRow schedule, FiringRow firing)
    {
        firing.Fired = Now;
        try
        {
            ReevaluationTarget target = await ReevaluationTarget.FindAsync(rows, schedule);
            (firing.Outcome, firing.RunId, firing.ComparedWith) = (FiringOutcome.Started, Guid.NewGuid(), await target.BaselineAsync(rows, schedule));
            return target;
        }
        catch (DasException nothing)
        {
            (firing.Outcome, firing.Sentence) = (FiringOutcome.Failed, nothing.Message);
            LogFailed(schedule.Name, nothing.Message);
            return null;
        }
    }

    private async Task LaunchAsync(ScheduleRow schedule, FiringRow firing, ReevaluationTarget target)
    {
        Guid run = firing.RunId!.Value;
        string name = string.Create(CultureInfo.InvariantCulture, $"{schedule.Name} {ScheduleCalendar.Local(firing.Due, schedule.TimeZone):yyyy-MM-dd HH:mm}");
        LogFired(schedule.Name, run);
        await runs.StartAsync(target.Recipe, name, fresh: true, target.Given, run);
        await runs.TagAsync(run, [Tag]);
        feed.Changed(run);
    }

    /// <summary>Changes a schedule and its firings while no other process does; nothing happens if the schedule is gone.</summary>
    private async Task ChangeAsync(Guid scheduleId, Func<RegistryContext, ScheduleRow, Task> change)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        await using var alone = await rows.Database.BeginTransactionAsync(IsolationLevel.Serializable);
        if (await rows.Schedules.SingleOrDefaultAsync(schedule => schedule.Id == scheduleId) is not { } schedule) return;
        await change(rows, schedule);
        await rows.SaveChangesAsync();
        await alone.CommitAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The schedule '{Schedule}' starts the re-evaluation {RunId:N}.")]
    private partial void LogFired(string schedule, Guid runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule '{Schedule}' could not fire: {Reason}")]
    private partial void LogFailed(string schedule, string reason);
}
