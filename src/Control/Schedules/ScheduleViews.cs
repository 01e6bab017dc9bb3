namespace Das.Control.Schedules;

/// <summary>What people say when they make or change a schedule.</summary>
public sealed record ScheduleWish
{
    public string Name { get; set; } = "";

    /// <summary>The run whose checkpoint is evaluated again; either this or <see cref="RecipeName"/>.</summary>
    public Guid? RunId { get; set; }

    /// <summary>The recipe whose best run is evaluated again.</summary>
    public string? RecipeName { get; set; }

    /// <summary>The metric by which runs are ranked and drops are judged.</summary>
    public string Metric { get; set; } = "accuracy";

    /// <summary>Minute, hour, day of the month, month, day of the week.</summary>
    public string Cron { get; set; } = "0 2 * * *";

    /// <summary>IANA name.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary><c>once</c>, <c>all</c> or <c>none</c>; see <see cref="CatchUp"/>.</summary>
    public string CatchUp { get; set; } = Schedules.CatchUp.Once;

    /// <summary>Where a significant drop is posted to as JSON; none by default.</summary>
    public string? Webhook { get; set; }
}

/// <summary>A schedule as lists and pages show it.</summary>
/// <param name="Id">The schedule.</param>
/// <param name="Wish">All that people said of it.</param>
/// <param name="InWords">Its cron in plain English; null where it has no common form.</param>
/// <param name="Paused">It does not fire by itself.</param>
/// <param name="Next">When it fires next, with the zone's offset; null while paused.</param>
/// <param name="Last">Its latest firing.</param>
/// <param name="Created">UTC.</param>
public sealed record ScheduleView(Guid Id, ScheduleWish Wish, string? InWords, bool Paused, DateTimeOffset? Next, FiringView? Last, DateTime Created)
{
    public string Name => Wish.Name;
}

/// <summary>One firing and what the re-evaluation found; see <see cref="FiringRow"/>.</summary>
public sealed record FiringView(
    long Id, Guid ScheduleId, DateTime Due, DateTime Fired, Guid? RunId, string Outcome, string? Sentence, Guid? ComparedWith, double? Before, double? After,
        double? PValue)
{
    internal static FiringView Of(FiringRow row) =>
        new(row.Id, row.ScheduleId, row.Due, row.Fired, row.RunId, row.Outcome, row.Sentence, row.ComparedWith, row.Before, row.After, row.PValue);
}

/// <summary>A drop that was found, with the name of its schedule.</summary>
public sealed record DropView(string Schedule, FiringView Firing);

/// <summary>A cron expression explained before it is saved.</summary>
/// <param name="InWords">Plain English; null where it has no common form.</param>
/// <param name="Next">The next five times, with the zone's offsets.</param>
/// <param name="ClocksChange">The clocks are put forward or back between now and the last of <paramref name="Next"/>.</param>
public sealed record SchedulePreview(string? InWords, IReadOnlyList<DateTimeOffset> Next, bool ClocksChange)
{
    private const int Shown = 5;

    /// <exception cref="DasException">The cron expression or the time zone cannot be used.</exception>
    public static SchedulePreview Of(string cron, string timeZone, DateTimeOffset now)
    {
        DateTimeOffset[] next = [.. ScheduleCalendar.Next(cron, timeZone, now).Take(Shown)];
        TimeSpan offset = ScheduleCalendar.Zone(timeZone).GetUtcOffset(now);
        return new(CronInWords.Of(cron), next, next.Any(time => time.Offset != offset));
    }
}
