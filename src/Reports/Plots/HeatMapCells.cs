namespace Das.Reports.Plots;

/// <summary>A table of numbers as squares of a few colours, so that a chart is one path a colour.</summary>
public static class HeatMapCells
{
    /// <summary>Colours on either side of the middle one.</summary>
    public const int Shades = 5;

    /// <summary>The colour of a value, from -<see cref="Shades"/> (least) over 0 to <see cref="Shades"/> (largest).</summary>
    /// <param name="value">Any finite number.</param>
    /// <param name="largest">The largest magnitude there is; 0 gives everything the middle colour.</param>
    public static int Shade(double value, double largest) =>
        largest <= 0 ? 0 : (int)Math.Round(Math.Clamp(value / largest, -1, 1) * Shades, MidpointRounding.AwayFromZero);

    /// <summary>Shade → an SVG path of every cell that has it; a cell is 1 by 1, at column and row. Values that are not finite have no cell.</summary>
    public static IReadOnlyDictionary<int, string> Paths(IReadOnlyList<IReadOnlyList<double>> rows)
    {
        double largest = Largest(rows);
        SortedDictionary<int, StringBuilder> paths = [];
        for (int row = 0; row < rows.Count; row++)
            for (int column = 0; column < rows[row].Count; column++)
            {
                if (!double.IsFinite(rows[row][column])) continue;
                int shade = Shade(rows[row][column], largest);
                if (!paths.TryGetValue(shade, out StringBuilder? path)) paths[shade] = path = new();
                path.Append(CultureInfo.InvariantCulture, $"M{column} {row}h1v1h-1z");
            }
        return paths.ToDictionary(path => path.Key, path => path.Value.ToString());
    }

    /// <summary>The largest magnitude; 0 for nothing.</summary>
    public static double Largest(IReadOnlyList<IReadOnlyList<double>> rows) =>
        rows.SelectMany(row => row).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
}
