namespace Das.Site.Pages.Compare;

/// <summary>How shares, their differences and p-values are written: two decimals of a per cent, for small differences matter here.</summary>
internal static class PairedFigures
{
    /// <summary><c>71.23 %</c>.</summary>
    public static string Percent(double share) => $"{Points(share)} %";

    /// <summary>A share in per cent, without its sign: <c>71.23</c>.</summary>
    public static string Points(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>A difference in points: <c>+1.20</c>.</summary>
    public static string Signed(double difference) => (100 * difference).ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture);

    /// <summary><c>p = 0.0123</c>.</summary>
    public static string P(double value) => value < 1e-4 ? "p < 0.0001" : string.Create(CultureInfo.InvariantCulture, $"p = {value:0.####}");

    /// <summary>A score of one question: <c>1</c>, <c>0.3</c>.</summary>
    public static string Score(double score) => score.ToString("0.##", CultureInfo.InvariantCulture);
}
