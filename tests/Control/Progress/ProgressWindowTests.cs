namespace Das.Tests.Control.Progress;

public class ProgressWindowTests
{
    private static readonly DateTime start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly ProgressWindow _window = new();

    [Fact]
    public void Rate_and_remaining_time_are_those_of_the_last_half_minute()
    {
        for (int second = 0; second <= 60; second++) Report("search", second < 30 ? second : 30 + 4 * (second - 30), 400, second);
        Assert.Equal(new StagePace(4, TimeSpan.FromSeconds(62.5)), _window.Pace());
    }

    [Fact]
    public void One_report_tells_no_rate()
    {
        Report("search", 5, 10, 0);
        Assert.Null(_window.Pace());
    }

    [Fact]
    public void A_stage_that_stands_still_or_has_no_total_promises_nothing()
    {
        Report("search", 5, 10, 0);
        Report("search", 5, 10, 9);
        Assert.Equal(new StagePace(0, null), _window.Pace());
        Report("ingest", 0, 0, 10);
        Report("ingest", 6, 0, 12);
        Assert.Equal(new StagePace(3, null), _window.Pace());
    }

    [Theory]
    [InlineData("finetune", 8, 10)]
    [InlineData("search", 1, 10)]
    [InlineData("search", 8, 99)]
    public void Another_stage_a_restart_and_another_kind_of_work_begin_anew(string stage, long done, long total)
    {
        Report("search", 5, 10, 0);
        Report("search", 7, 10, 1);
        Report(stage, done, total, 2);
        Assert.Null(_window.Pace());
    }

    private void Report(string stage, long done, long total, int second) => _window.Add(new(Guid.Empty, stage, done, total, ""), start.AddSeconds(second));
}
