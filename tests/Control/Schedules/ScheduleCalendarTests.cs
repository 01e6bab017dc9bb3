namespace Das.Tests.Control.Schedules;

public sealed class ScheduleCalendarTests
{
    [Theory]
    [InlineData("0 2 * * *", "Every day at 02:00")]
    [InlineData("30 6 * * 1-5", "On weekdays at 06:30")]
    [InlineData("0 3 * * SUN", "On Sundays at 03:00")]
    [InlineData("0 3 * * 1,4,7", "On Mondays, Thursdays and Sundays at 03:00")]
    [InlineData("0 0,12 * * 0,6", "At weekends at 00:00 and 12:00")]
    [InlineData("5 4 1,15 * *", "On day 1 and 15 of every month at 04:05")]
    [InlineData("* * * * *", "Every minute")]
    [InlineData("*/15 * * * *", "Every 15 minutes")]
    [InlineData("0 * * * MON-FRI", "Every hour on weekdays")]
    [InlineData("20 */6 * * *", "Every 6 hours at 20 past")]
    public void A_common_expression_has_words(string cron, string words) => Assert.Equal(words, CronInWords.Of(cron));

    [Theory]
    [InlineData("*/7 * * * *")]
    [InlineData("0 2 13 * 5")]
    [InlineData("0 2 * 1 *")]
    [InlineData("0 2 * * 1#2")]
    [InlineData("0 2 L * *")]
    [InlineData("0 0 2 * * *")]
    [InlineData("")]
    public void An_uncommon_expression_has_none(string cron) => Assert.Null(CronInWords.Of(cron));

    [Theory]
    [InlineData("61 * * * *", "between 0 and 59")]
    [InlineData("0 2 * *", "Five fields are expected")]
    [InlineData("0 0 2 * * *", "Five fields are expected")]
    [InlineData("every night", "Five fields are expected")]
    [InlineData(" ", "There is no time")]
    [InlineData("0 2 31 2 *", "names a day that no year has")]
    public void A_wrong_expression_is_explained(string cron, string part)
    {
        Assert.Contains(part, ScheduleCalendar.CronProblem(cron));
        Assert.Throws<DasException>(() => ScheduleCalendar.Due(cron, "UTC", DateTime.UnixEpoch, DateTime.UnixEpoch.AddDays(1)));
    }

    [Fact]
    public void An_unknown_time_zone_is_named() => Assert.Contains("'Europe/Berlyn'", ScheduleCalendar.ZoneProblem("Europe/Berlyn"));

    [Fact]
    public void A_night_in_Berlin_is_another_hour_in_summer() => Assert.Equal(
        ["2026-03-28 01:00", "2026-03-29 01:00", "2026-03-30 00:00"],
        Due("0 2 * * *", "2026-03-27T12:00", "2026-03-30T12:00"));

    [Fact]
    public void A_time_that_the_clocks_leap_over_comes_at_once_afterwards() =>
        Assert.Equal(["2026-03-29 01:00"], Due("30 2 * * *", "2026-03-28T12:00", "2026-03-29T12:00"));

    [Fact]
    public void A_time_that_comes_twice_counts_the_first_time() =>
        Assert.Equal(["2026-10-25 00:30"], Due("30 2 * * *", "2026-10-24T12:00", "2026-10-25T12:00"));

    [Fact]
    public void What_was_settled_is_not_due_and_what_is_now_is()
    {
        DateTime two = new(2026, 3, 1, 2, 0, 0, DateTimeKind.Utc);
        Assert.Equal([two], ScheduleCalendar.Due("0 2 * * *", "UTC", two.AddDays(-1), two));
        Assert.Empty(ScheduleCalendar.Due("0 2 * * *", "UTC", two, two.AddDays(1).AddSeconds(-1)));
        Assert.Empty(ScheduleCalendar.Due("0 2 * * *", "UTC", two, two));
    }

    [Fact]
    public void A_preview_says_when_the_clocks_change()
    {
        DateTimeOffset before = new(2026, 3, 26, 12, 0, 0, TimeSpan.Zero);
        SchedulePreview preview = SchedulePreview.Of("0 2 * * *", "Europe/Berlin", before);
        Assert.Equal(["2026-03-27 02:00 +01:00", "2026-03-28 02:00 +01:00", "2026-03-29 03:00 +02:00", "2026-03-30 02:00 +02:00", "2026-03-31 02:00 +02:00"],
            preview.Next.Select(ScheduleCalendar.Text));
        Assert.True(preview.ClocksChange);
        Assert.False(SchedulePreview.Of("0 2 * * *", "UTC", before).ClocksChange);
    }

    private static IEnumerable<string> Due(string cron, string settled, string now) => ScheduleCalendar
        .Due(cron, "Europe/Berlin", Utc(settled), Utc(now)).Select(time => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));

    private static DateTime Utc(string text) => DateTime.SpecifyKind(DateTime.Parse(text, CultureInfo.InvariantCulture), DateTimeKind.Utc);
}
