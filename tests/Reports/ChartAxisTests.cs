namespace Das.Tests.Reports;

public class ChartAxisTests
{
    [Theory]
    [InlineData(0.0, 1.0, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(3.0, 3.0, "2.9 3 3.1")]
    [InlineData(0.0, 12_000.0, "0 5 k 10 k")]
    [InlineData(-0.004, 0.004, "-4e-3 -2e-3 0 2e-3 4e-3")]
    public void An_axis_has_round_ticks(double low, double high, string ticks)
    {
        ChartAxis axis = ChartAxis.Over([low, high]);
        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(axis.Text)));
        Assert.All(axis.Ticks, tick => Assert.InRange(axis.Share(tick), -1e-9, 1 + 1e-9));
    }
}
