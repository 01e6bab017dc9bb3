using Das.Cli.Hosting;
using Das.Cli.Display;

namespace Das.Tests.Cli;

public class ProgressDisplayTests
{
    private sealed class Clock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Elapsed;
    }

    [Fact]
    public async Task A_terminal_gets_a_bar_per_stage_with_percent_and_note()
    {
        var output = new StringWriter();
        var display = new ProgressDisplay(new Terminal(output, TextWriter.Null, interactive: true), TimeProvider.System);
        int result = await display.ShowAsync(report =>
        {
            report(new("ingest", RunStatus.Completed, 0, 0, "reused"));
            report(new("search", RunStatus.Running, 1, 4, "loss [1.5]"));
            return Task.FromResult(7);
        });
        Assert.Equal(7, result);
        Assert.All(["ingest", "100%", "reused", "search", "25%", "loss [1.5]"], text => Assert.Contains(text, output.ToString()));
    }

    [Fact]
    public async Task A_log_gets_a_line_every_five_seconds_and_at_every_change()
    {
        var error = new StringWriter();
        var clock = new Clock();
        await new ProgressDisplay(new Terminal(TextWriter.Null, error), clock).ShowAsync(report =>
        {
            for (int second = 0; second <= 12; second++)
            {
                clock.Elapsed = TimeSpan.FromSeconds(second);
                report(new("search", RunStatus.Running, second, 0, ""));
            }
            report(new("search", RunStatus.Completed, 12, 12, ""));
            return Task.FromResult(0);
        });
        Assert.Equal(["search    0  00:00:00", "search    5  00:00:05", "search    10  00:00:10", "search    completed  00:00:12"],
            error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
