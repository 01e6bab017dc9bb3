namespace Das.Reports.Plots;

/// <summary>A scale with round ticks.</summary>
/// <param name="Low">Where it begins.</param>
/// <param name="High">Where it ends; greater than <paramref name="Low"/>.</param>
/// <param name="Ticks">Round values within.</param>
public sealed record ChartAxis(double Low, double High, IReadOnlyList<double> Ticks)
{
    /// <summary>An axis over all of <paramref name="values"/> with about <paramref name="wanted"/> ticks at 1, 2 or 5 times a power of ten.</summary>
    public static ChartAxis Over(IEnumerable<double> values, int wanted = 5)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        (double low, double high) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        if (high - low < 1e-9 * Math.Max(1, Math.Abs(high))) (low, high) = (low - Wide(low), high + Wide(high));
        double rough = (high - low) / wanted, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = new[] { 1, 2, 5, 10 }.First(factor => factor * power >= rough * 0.999) * power;
        List<double> ticks = [];
        for (long multiple = (long)Math.Ceiling(low / step - 1e-9); multiple * step <= high + step * 1e-9; multiple++) ticks.Add(multiple * step);
        return new(low, high, ticks);
    }

    /// <summary>Where <paramref name="value"/> lies between the ends, from 0 to 1.</summary>
    public double Share(double value) => (value - Low) / (High - Low);

    /// <summary>A coordinate in a drawing, to a tenth of a pixel.</summary>
    public static string N(double pixels) => pixels.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>A tick's text, short.</summary>
    public string Text(double tick)
    {
        double step = Ticks.Count > 1 ? Ticks[1] - Ticks[0] : Math.Max(Math.Abs(tick), 1e-12);
        if (Math.Abs(tick) < step * 1e-6) return "0";
        return Math.Max(Math.Abs(Low), Math.Abs(High)) switch
        {
            >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{tick / 1e6:0.##} M"),
            >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{tick / 1e3:0.##} k"),
            < 1e-2 => tick.ToString("0.##e0", CultureInfo.InvariantCulture),
            _ => tick.ToString("0." + new string('#', Digits(step)), CultureInfo.InvariantCulture),
        };
    }

    /// <summary>So many that neighbouring ticks differ.</summary>
    private static int Digits(double step) => Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 4, 10);

    private static double Wide(double value) => value == 0 ? 0.5 : Math.Abs(value) * 0.05;
}
