using System.Text.Json.Serialization;
using Das.Benchmarks.Tasks;

namespace Das.Contracts;

/// <summary>
/// Metrics as one number a name: the ends of <c>accuracy</c>'s interval are <c>accuracyLow</c> and <c>accuracyHigh</c>. Messages were written so
/// before a metric was a record, and clients of the HTTP API and of <c>--json</c> know it.
/// </summary>
public static class FlatMetrics
{
    private const string LowEnd = "Low", HighEnd = "High";

    private static readonly string[] Scores = [MetricNames.Accuracy, MetricNames.IrRecall1, MetricNames.TrRecall1];

    extension(IReadOnlyList<Metric> metrics)
    {
        /// <summary>By name, in ordinal order.</summary>
        public IReadOnlyDictionary<string, double> Flat() => metrics
            .SelectMany(metric => new (string Name, double? Value)[]
            {
                (metric.Name, metric.Mean), (metric.Name + LowEnd, metric.Low), (metric.Name + HighEnd, metric.High),
            })
            .Where(number => number.Value is not null).OrderBy(number => number.Name, StringComparer.Ordinal)
            .ToDictionary(number => number.Name, number => number.Value!.Value);
    }

    /// <summary>What was meant: a number with an interval is a score, so are those by which tasks are told, and the costs have their names.</summary>
    public static IReadOnlyList<Metric> Read(IReadOnlyDictionary<string, double> flat)
    {
        HashSet<string> ends = [.. flat.Keys.SelectMany(name => new[] { name + LowEnd, name + HighEnd })];
        return [.. flat.Keys.Where(name => !ends.Contains(name)).Select(name => new Metric(name, flat[name], End(name + LowEnd), End(name + HighEnd)))
            .Select(metric => MetricNames.Costs.Contains(metric.Name) ? metric with { Kind = MetricKind.Cost, HigherIsBetter = false }
                : metric.Low is null && metric.High is null && !Scores.Contains(metric.Name) ? metric with { Kind = MetricKind.Baseline }
                : metric with { HigherIsBetter = TaskKinds.All.All(kind => kind.Metric(metric.Name)?.HigherIsBetter ?? true) })];

        double? End(string name) => flat.TryGetValue(name, out double value) ? value : null;
    }
}

/// <summary>Writes a list of metrics; reads it, or the flat form of a message from before.</summary>
public sealed class MetricsJson : JsonConverter<IReadOnlyList<Metric>>
{
    public override IReadOnlyList<Metric> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.StartObject
            ? FlatMetrics.Read(JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options)!)
            : JsonSerializer.Deserialize<Metric[]>(ref reader, options)!;

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<Metric> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize<IEnumerable<Metric>>(writer, value, options);
}
