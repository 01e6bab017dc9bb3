using Cronos;

namespace Das.Control.Schedules;

/// <summary>
/// When a schedule comes round: five cron fields, meant in a time zone. Where clocks are put forward, a time that does not
/// exist comes at once afterwards; where they are put back, a time that comes twice counts the first time.
/// </summary>
public static class ScheduleCalendar
{
    private const string Form = "Five fields are expected: minute, hour, day of the month, month, day of the week. '0 2 * * *' is every night at 02:00.";

    /// <summary>Why <paramref name="cron"/> cannot be used, as a sentence; null if it can.</summary>
    public static string? CronProblem(string cron)
    {
        if (string.IsNullOrWhiteSpace(cron)) return $"There is no time. {Form}";
        try
        {
            return CronExpression.Parse(cron).GetNextOccurrence(DateTime.UnixEpoch) is null ? $"'{cron}' names a day that no year has." : null;
        }
        catch (CronFormatException wrong) { return $"'{cron}' is no cron expression: {Why(wrong)} {Form}"; }
    }

    /// <summary>Why <paramref name="timeZone"/> cannot be used, as a sentence; null if it can.</summary>
    public static string? ZoneProblem(string timeZone) => TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _)
        ? null
        : $"This machine knows no time zone '{timeZone}'. Give its IANA name, for example 'Europe/Berlin' or 'UTC'.";

    /// <summary>The names a time zone can be chosen from, in ordinal order.</summary>
    public static IReadOnlyList<string> Zones { get; } =
        [.. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Append(TimeZoneInfo.Utc.Id).Distinct().Order(StringComparer.Ordinal)];

    /// <exception cref="DasException">The machine knows no such time zone.</exception>
    public static TimeZoneInfo Zone(string timeZone) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out TimeZoneInfo? zone) ? zone : throw new DasException(ErrorKind.Usage, ZoneProblem(timeZone)!);

    /// <summary>A time (UTC) as clocks in the zone show it.</summary>
    /// <exception cref="DasException">The machine knows no such time zone.</exception>
    public static DateTimeOffset Local(DateTime utc, string timeZone) => TimeZoneInfo.ConvertTime(new DateTimeOffset(utc, TimeSpan.Zero), Zone(timeZone));

    /// <summary><c>2026-03-29 02:00 +01:00</c>.</summary>
    public static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);

    /// <summary>The times that come after <paramref name="after"/>, with the zone's offset of that day; as many as are taken.</summary>
    /// <exception cref="DasException">The cron expression or the time zone cannot be used.</exception>
    public static IEnumerable<DateTimeOffset> Next(string cron, string timeZone, DateTimeOffset after)
    {
        (CronExpression expression, TimeZoneInfo zone) = (Parse(cron), Zone(timeZone));
        while (expression.GetNextOccurrence(after, zone) is { } next) yield return after = next;
    }

    /// <summary>The times (UTC) after <paramref name="settled"/> up to and with <paramref name="now"/>, in order.</summary>
    /// <exception cref="DasException">The cron expression or the time zone cannot be used.</exception>
    public static IReadOnlyList<DateTime> Due(string cron, string timeZone, DateTime settled, DateTime now) =>
        settled >= now ? [] : [.. Parse(cron).GetOccurrences(settled, now, Zone(timeZone), fromInclusive: false, toInclusive: true)];

    /// <summary>Cronos begins every message with the same words.</summary>
    private static string Why(CronFormatException wrong)
    {
        const string always = "The given cron expression has an invalid format.";
        string why = wrong.Message.Replace(always, "").Trim();
        return why.Length > 0 ? why : "it cannot be read.";
    }

    private static CronExpression Parse(string cron) =>
        CronProblem(cron) is { } problem ? throw new DasException(ErrorKind.Usage, problem) : CronExpression.Parse(cron);
}
