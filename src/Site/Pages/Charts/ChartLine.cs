namespace Das.Site.Pages.Charts;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">By step.</param>
public sealed record ChartLine(string Name, IReadOnlyList<CurvePoint> Points)
{
    /// <summary>The line in words, for whoever does not see it.</summary>
    public string InWords(string xLabel, string unit)
    {
        if (Points.Count == 0) return $"{Name}: nothing yet.";
        string of = unit.Length > 0 ? $" {unit}" : "";
        return $"{Name}: {Figures.Number(Points[0].Value)} at {xLabel} {Figures.Whole(Points[0].Step)}, {Figures.Number(Points[^1].Value)} at "
            + $"{Figures.Whole(Points[^1].Step)}, "
            + $"between {Figures.Number(Points.Min(point => point.Low))} and {Figures.Number(Points.Max(point => point.High))}{of}.";
    }

    /// <summary>The line as the points of an SVG polyline.</summary>
    internal string Path(Func<double, double> x, Func<double, double> y) => Join(Points.Select(point => (x(point.Step), y(point.Value))));

    /// <summary>What lies between least and largest as the points of an SVG polygon.</summary>
    internal string Band(Func<double, double> x, Func<double, double> y) =>
        Join(Points.Select(point => (x(point.Step), y(point.High))).Concat(Points.Reverse().Select(point => (x(point.Step), y(point.Low)))));

    private static string Join(IEnumerable<(double X, double Y)> points)
    {
        StringBuilder text = new();
        foreach (var (x, y) in points) text.Append(CultureInfo.InvariantCulture, $"{x:0.#},{y:0.#} ");
        return text.ToString().TrimEnd();
    }
}
