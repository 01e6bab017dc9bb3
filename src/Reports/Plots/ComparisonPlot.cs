using Das.Reports.Tables;
using ScottPlot;

namespace Das.Reports.Plots;

/// <summary>Draws score against cost: a colour a way of choosing layers, a point a k.</summary>
public static class ComparisonPlot
{
    /// <summary>The methods that have a score in every column of the table, by their MACs and their score (or average).</summary>
    /// <exception cref="DasException">No method has MACs and scores.</exception>
    public static Plot Of(Comparison comparison)
    {
        var rows = comparison.Rows.Where(row => row is { Macs: not null, Average: not null } && !row.Scores.Contains(null)).ToList();
        if (rows.Count == 0) throw new DasException(ErrorKind.Usage,
            "No method has its MACs and a score in every column, so there is nothing to draw. Compare runs "
            + "on fewer benchmarks.");
        bool oneBackbone = rows.Select(row => row.Method.Backbone).Distinct().Count() == 1;
        var columns = comparison.Columns;
        return ScorePlot.Of(
            [.. rows.Select(row => new ScorePoint(SeriesOf(row.Method, oneBackbone), $"k = {row.Method.Skip}", row.Macs!.Value, row.Average!.Value,
                row.AverageSpread))],
            columns.Count == 1 ? columns[0].Title : $"average of {string.Join(", ", columns.Select(column => column.Title))}");
    }

    /// <summary>What points on one line have in common.</summary>
    public static string SeriesOf(Method method, bool oneBackbone) => oneBackbone ? method.Choice : $"{method.Backbone}, {method.Choice}";
}
