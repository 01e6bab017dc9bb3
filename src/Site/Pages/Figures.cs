namespace Das.Site.Pages;

/// <summary>How numbers and times are written on pages.</summary>
internal static partial class Figures
{
    /// <summary><c>71.2 %</c>, with <c>[69.9, 72.5]</c> where the interval is known.</summary>
    public static string Share(Metric score) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * score.Mean:0.0} %") + (Interval(score) is { Length: > 0 } interval ? $" {interval}" : "");

    /// <summary><c>[69.9, 72.5]</c> in per cent; empty where it is unknown.</summary>
    public static string Interval(Metric score) =>
        score is { Low: { } low, High: { } high } ? string.Create(CultureInfo.InvariantCulture, $"[{100 * low:0.0}, {100 * high:0.0}]") : "";

    /// <summary>Three or four digits and a unit: <c>1.23 M</c>.</summary>
    public static string Number(double value)
    {
        (double scale, string unit) = Math.Abs(value) switch { >= 1e12 => (1e12, " T"), >= 1e9 => (1e9, " G"), >= 1e6 => (1e6, " M"), >= 1e4 => (1e3, " k"),
            _ => (1, "") };
        string format = scale > 1 ? "0.##" : Math.Abs(value) is 0 or >= 1e-3 ? "0.####" : "0.##e+0";
        return (value / scale).ToString(format, CultureInfo.InvariantCulture) + unit;
    }

    public static string Whole(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>From the beginning to the end, or to now while it has none; empty before the beginning.</summary>
    public static string Took(DateTime? started, DateTime? ended) => started is { } from ? Units.Duration((ended ?? DateTime.UtcNow) - from) : "";

    /// <summary>UTC, to the minute.</summary>
    public static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary><c>[3, 7]</c>, as published; empty while unknown.</summary>
    public static string Layers(int[]? layers) => layers is null ? "" : $"[{string.Join(", ", layers)}]";

    /// <summary>A name of the code as people write it: <c>majorityAnswer</c> → <c>majority answer</c>, <c>irRecall1Chance</c> → <c>IR@1 chance</c>.</summary>
    public static string Words(string name) => name switch
    {
        MetricNames.UpdatedParameters => "parameters trained",
        MetricNames.TotalParameters => "parameters in all",
        MetricNames.MacsBackbone => "MACs a sample, backbone alone",
        MetricNames.MacsFull => "MACs a sample, no layer skipped",
        MetricNames.MacsSkipped => "MACs a sample, as evaluated",
        MetricNames.MillisecondsFull => "milliseconds a sample, no layer skipped",
        MetricNames.MillisecondsSkipped => "milliseconds a sample, as evaluated",
        _ when Recall().Match(name) is { Success: true } recall =>
            $"{recall.Groups[1].Value.ToUpperInvariant()}@{recall.Groups[2].Value}{Words(recall.Groups[3].Value)}",
        _ => string.Concat(name.Select(letter => char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}")),
    };

    [GeneratedRegex("^(ir|tr)Recall([0-9]+)([A-Za-z]*)$")]
    private static partial Regex Recall();
}
