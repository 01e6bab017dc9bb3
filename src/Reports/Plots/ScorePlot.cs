using ScottPlot;
using SkiaSharp;

namespace Das.Reports.Plots;

/// <summary>A point of score against cost.</summary>
/// <param name="Series">What it belongs to; a series has a colour, a shape and a line.</param>
/// <param name="Label">Stands beside it.</param>
/// <param name="Macs">Of one sample.</param>
/// <param name="Score">As a share of 1.</param>
/// <param name="Spread">Half the bar through it, as a share; null where unknown.</param>
public sealed record ScorePoint(string Series, string Label, double Macs, double Score, double? Spread);

/// <summary>Draws score against cost: MACs in 10⁹ to the right, scores in % upwards.</summary>
public static class ScorePlot
{
    private const int TextSize = 18, LabelSize = 15, MarkerSize = 12, LineWidth = 2, Gap = 10;

    /// <summary>Stands for the page's own text colour while a picture is drawn; no palette has it.</summary>
    private static readonly Color ink = Color.FromHex("#0A0B0C");

    /// <summary>A family without serifs, where the machine has one.</summary>
    private static readonly string? sans = SKFontManager.Default.FontFamilies.Order(StringComparer.Ordinal)
        .FirstOrDefault(family => family.Contains("Sans") && !family.Contains("Mono"));

    private static readonly MarkerShape[] shapes = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond,
        MarkerShape.FilledTriangleDown];

    /// <summary>Where the labels of one series stand: points of different series often lie close together.</summary>
    private static readonly (Alignment Alignment, int X, int Y)[] corners =
        [(Alignment.LowerLeft, Gap, -Gap), (Alignment.UpperRight, -Gap, Gap), (Alignment.UpperLeft, Gap, Gap), (Alignment.LowerRight, -Gap, -Gap)];

    private sealed record Drawn(int Index, string Name, ScorePoint[] Points)
    {
        public Color Colour { get; } = new ScottPlot.Palettes.Category10().GetColor(Index);
    }

    /// <param name="points">At least one.</param>
    /// <param name="score">What the scores are: <c>VQA</c>.</param>
    /// <exception cref="DasException">There is nothing to draw, or nothing to write labels with.</exception>
    public static Plot Of(IReadOnlyList<ScorePoint> points, string score)
    {
        if (points.Count == 0) throw new DasException(ErrorKind.Usage, "There is nothing to draw: no run has both its MACs and this score.");
        if (SKFontManager.Default.FontFamilyCount == 0)
            throw new DasException(ErrorKind.Machine, "This machine has no font to write labels with. Install one, such as the package fonts-dejavu-core.");
        Plot plot = new();
        List<Drawn> drawn = [.. points.GroupBy(point => point.Series)
            .Select((series, i) => new Drawn(i, series.Key, [.. series.OrderBy(point => point.Macs)]))];
        drawn.ForEach(series => AddPoints(plot, series));
        drawn.ForEach(series => AddLabels(plot, series));
        if (sans is not null)
        {
            plot.Font.Set(sans);
            foreach (ScottPlot.Plottables.Text label in plot.GetPlottables<ScottPlot.Plottables.Text>()) label.LabelFontName = sans;
        }
        Describe(plot, score, points);
        return plot;
    }

    /// <summary>The picture to stand in a page of any width, light or dark: no background, and text, axes and grid in the colour of the page's text.</summary>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static string InPage(IReadOnlyList<ScorePoint> points, string score, int width, int height)
    {
        using Plot plot = Of(points, score);
        plot.FigureBackground.Color = plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Color(ink);
        plot.Grid.MajorLineColor = ink.WithAlpha(.15);
        (plot.Legend.FontColor, plot.Legend.BackgroundColor, plot.Legend.OutlineColor, plot.Legend.ShadowColor) =
            (ink, Colors.Transparent, ink.WithAlpha(.3), Colors.Transparent);
        foreach (ScottPlot.Plottables.Text label in plot.GetPlottables<ScottPlot.Plottables.Text>())
            (label.LabelFontColor, label.LabelBackgroundColor) = (ink, Colors.Transparent);
        string svg = plot.GetSvgXml(width, height).Replace(ink.ToHex(), "currentColor", StringComparison.OrdinalIgnoreCase);
        string root = $"<svg viewBox=\"0 0 {width} {height}\" ";
        return root + svg[(svg.IndexOf("<svg", StringComparison.Ordinal) + "<svg ".Length)..];
    }

    /// <summary>The picture in words, for those who cannot see it.</summary>
    public static string InWords(IReadOnlyList<ScorePoint> points, string score) => string.Create(CultureInfo.InvariantCulture,
        $"{score} against multiply-accumulates of one sample. {string.Join("; ", points.Select(Words))}.");

    private static string Words(ScorePoint point) =>
        string.Create(CultureInfo.InvariantCulture, $"{point.Label} ({point.Series}): {100 * point.Score:0.00} % at {point.Macs / 1e9:0.####} G");

    private static double X(ScorePoint point) => point.Macs / 1e9;

    private static double Y(ScorePoint point) => 100 * point.Score;

    private static void AddPoints(Plot plot, Drawn series)
    {
        double[] xs = [.. series.Points.Select(X)], ys = [.. series.Points.Select(Y)];
        var bars = plot.Add.ErrorBar(xs, ys, [.. series.Points.Select(point => 100 * point.Spread ?? 0)]);
        (bars.Color, bars.LineWidth, bars.CapSize) = (series.Colour.WithAlpha(.5), LineWidth, MarkerSize);
        var line = plot.Add.Scatter(xs, ys, series.Colour);
        (line.LegendText, line.LineWidth, line.MarkerSize, line.MarkerShape) = (series.Name, LineWidth, MarkerSize, shapes[series.Index % shapes.Length]);
    }

    /// <summary>On white, above the lines of every series.</summary>
    private static void AddLabels(Plot plot, Drawn series)
    {
        var (alignment, x, y) = corners[series.Index % corners.Length];
        foreach (var point in series.Points)
        {
            var label = plot.Add.Text(point.Label, X(point), Y(point));
            (label.LabelFontColor, label.LabelFontSize, label.LabelBackgroundColor) = (series.Colour, LabelSize, Colors.White.WithAlpha(.8));
            (label.LabelAlignment, label.OffsetX, label.OffsetY) = (alignment, x, y);
        }
    }

    private static void Describe(Plot plot, string score, IReadOnlyList<ScorePoint> points)
    {
        plot.XLabel("MACs of one sample (G)", TextSize);
        plot.YLabel($"{score} (%)", TextSize);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = LabelSize;
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Legend.FontSize = LabelSize;
        plot.ShowLegend(Edge.Right);
        double[] macs = [.. points.Select(X)], scores = [.. points.SelectMany(point => new[] { -1, 1 }.Select(side => Y(point)
            + (side * 100 * (point.Spread ?? 0))))];
        double x = Margin(macs), y = Margin(scores);
        plot.Axes.SetLimits(macs.Min() - x, macs.Max() + x, scores.Min() - y, scores.Max() + y);
    }

    /// <summary>Room for labels beside the outermost points, also where all points coincide.</summary>
    private static double Margin(double[] values) =>
        values.Max() > values.Min() ? .12 * (values.Max() - values.Min()) : Math.Max(.1 * Math.Abs(values[0]), 1e-6);
}
