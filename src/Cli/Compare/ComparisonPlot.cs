using ScottPlot;
using SkiaSharp;

namespace Das.Cli.Compare;

/// <summary>Draws score against cost: a colour a way of choosing layers, a point a k.</summary>
public static class ComparisonPlot
{
    private const int TextSize = 18, LabelSize = 15, MarkerSize = 12, LineWidth = 2, Gap = 10;

    private static readonly MarkerShape[] shapes = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown];

    /// <summary>Where the labels of one series stand: points of different series often lie close together.</summary>
    private static readonly (Alignment Alignment, int X, int Y)[] corners = [(Alignment.LowerLeft, Gap, -Gap), (Alignment.UpperRight, -Gap, Gap), (Alignment.UpperLeft, Gap, Gap), (Alignment.LowerRight, -Gap, -Gap)];

    private sealed record Series(int Index, string Name, Point[] Points)
    {
        public Color Colour { get; } = new ScottPlot.Palettes.Category10().GetColor(Index);
    }

    private sealed record Point(string Label, double X, double Y, double? Spread);

    /// <summary>The methods that have a score in every column of the table, by their MACs in 10⁹ and their score (or average) in %.</summary>
    /// <exception cref="UsageException">No method has MACs and scores.</exception>
    public static Plot Of(Comparison comparison)
    {
        RefuseWithoutFonts();
        var rows = comparison.Rows.Where(row => row is { Macs: not null, Average: not null } && !row.Scores.Contains(null)).ToList();
        if (rows.Count == 0) throw new UsageException("--plot: no method has its MACs and a score in every column, so there is nothing to draw. Compare runs on fewer benchmarks.");
        bool oneBackbone = rows.Select(row => row.Method.Backbone).Distinct().Count() == 1;
        Plot plot = new();
        List<Series> drawn = [.. rows.GroupBy(row => oneBackbone ? row.Method.Choice : $"{row.Method.Backbone}, {row.Method.Choice}")
            .Select((series, i) => new Series(i, series.Key, [.. series.Select(PointOf).OrderBy(point => point.X)]))];
        drawn.ForEach(series => AddPoints(plot, series));
        drawn.ForEach(series => AddLabels(plot, series));
        Describe(plot, comparison.Columns, rows);
        return plot;
    }

    private static Point PointOf(ComparisonRow row) => new($"k = {row.Method.Skip}", row.Macs!.Value / 1e9, 100 * row.Average!.Value, 100 * row.AverageSpread);

    private static void AddPoints(Plot plot, Series series)
    {
        double[] xs = [.. series.Points.Select(point => point.X)], ys = [.. series.Points.Select(point => point.Y)];
        var bars = plot.Add.ErrorBar(xs, ys, [.. series.Points.Select(point => point.Spread ?? 0)]);
        (bars.Color, bars.LineWidth, bars.CapSize) = (series.Colour.WithAlpha(.5), LineWidth, MarkerSize);
        var line = plot.Add.Scatter(xs, ys, series.Colour);
        (line.LegendText, line.LineWidth, line.MarkerSize, line.MarkerShape) = (series.Name, LineWidth, MarkerSize, shapes[series.Index % shapes.Length]);
    }

    /// <summary>On white, above the lines of every series.</summary>
    private static void AddLabels(Plot plot, Series series)
    {
        var (alignment, x, y) = corners[series.Index % corners.Length];
        foreach (var point in series.Points)
        {
            var label = plot.Add.Text(point.Label, point.X, point.Y);
            (label.LabelFontColor, label.LabelFontSize, label.LabelBackgroundColor) = (series.Colour, LabelSize, Colors.White.WithAlpha(.8));
            (label.LabelAlignment, label.OffsetX, label.OffsetY) = (alignment, x, y);
        }
    }

    private static void Describe(Plot plot, IReadOnlyList<ScoreColumn> columns, List<ComparisonRow> rows)
    {
        plot.XLabel("MACs of one sample (G)", TextSize);
        plot.YLabel(columns.Count == 1 ? $"{columns[0].Title} (%)" : $"average of {string.Join(", ", columns.Select(column => column.Title))} (%)", TextSize);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = LabelSize;
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Legend.FontSize = LabelSize;
        plot.ShowLegend(Edge.Right);
        double[] macs = [.. rows.Select(row => row.Macs!.Value / 1e9)], scores = [.. rows.SelectMany(row => new[] { -1, 1 }.Select(side => 100 * (row.Average!.Value + (side * (row.AverageSpread ?? 0)))))];
        double x = Margin(macs), y = Margin(scores);
        plot.Axes.SetLimits(macs.Min() - x, macs.Max() + x, scores.Min() - y, scores.Max() + y);
    }

    /// <summary>Room for labels beside the outermost points, also where all points coincide.</summary>
    private static double Margin(double[] values) => values.Max() > values.Min() ? .12 * (values.Max() - values.Min()) : Math.Max(.1 * Math.Abs(values[0]), 1e-6);

    private static void RefuseWithoutFonts()
    {
        if (SKFontManager.Default.FontFamilyCount == 0) throw new UsageException("--plot: this machine has no font to write labels with. Install one, such as the package fonts-dejavu-core.");
    }
}
