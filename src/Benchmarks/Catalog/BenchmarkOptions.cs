using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Das.Benchmarks.Catalog;

/// <summary>The recipe's options of one benchmark: whole numbers with defaults; any other key is an error that names it.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, long> values;
    private readonly string benchmark;

    public BenchmarkOptions(string benchmark, JsonObject? given, params (string Key, long Default)[] known)
    {
        this.benchmark = benchmark;
        values = known.ToDictionary(k => k.Key, k => k.Default);
        foreach ((string key, JsonNode? value) in given ?? [])
        {
            if (!values.ContainsKey(key)) throw new InvalidDataException(Names.Unknown($"option of benchmark {benchmark}", key, values.Keys));
            values[key] = value?.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw new InvalidDataException($"Option '{key}' of benchmark {benchmark} must be a whole number, not {value?.ToJsonString() ?? "null"}.");
        }
    }

    public long this[string key] => values[key];

    /// <summary>A value that counts something.</summary>
    public int Count(string key, int least) => values[key] >= least && values[key] <= int.MaxValue
        ? (int)values[key]
        : throw new InvalidDataException($"Option '{key}' of benchmark {benchmark} must be at least {least}, not {values[key]}.");
}
