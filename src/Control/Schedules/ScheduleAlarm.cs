using Hangfire;
using Hangfire.Storage;

namespace Das.Control.Schedules;

/// <summary>Hangfire's recurring jobs as a copy of the schedules: each wakes its schedule, and decides nothing.</summary>
public sealed partial class ScheduleAlarm(IRecurringJobManager jobs, JobStorage storage, IDbContextFactory<RegistryContext> registry,
    ILogger<ScheduleAlarm> log)
{
    /// <summary>Makes the copy equal to the table.</summary>
    /// <returns>The schedules that are not paused.</returns>
    public async Task<IReadOnlyList<Guid>> SetAsync()
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<ScheduleRow> active = await rows.Schedules.AsNoTracking().Where(schedule => !schedule.Paused).ToListAsync();
        using IStorageConnection connection = storage.GetConnection();
        foreach (RecurringJobDto gone in connection.GetRecurringJobs().Where(job => active.TrueForAll(schedule => NameOf(schedule) != job.Id)))
            jobs.RemoveIfExists(gone.Id);
        foreach (ScheduleRow schedule in active)
        {
            try { Set(schedule, schedule.Id); }
            catch (Exception unusable) when (unusable is DasException or ArgumentException) { LogUnusable(schedule.Name, unusable.Message); }
        }
        return [.. active.Select(schedule => schedule.Id)];
    }

    private void Set(ScheduleRow schedule, Guid id) => jobs.AddOrUpdate<ScheduleFirings>(NameOf(schedule), firings => firings.WakeAsync(id), schedule.Cron,
        new RecurringJobOptions { TimeZone = ScheduleCalendar.Zone(schedule.TimeZone), MisfireHandling = MisfireHandlingMode.Ignorable });

    private static string NameOf(ScheduleRow schedule) => schedule.Id.ToString("N");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule '{Schedule}' cannot be woken: {Reason}")]
    private partial void LogUnusable(string schedule, string reason);
}
