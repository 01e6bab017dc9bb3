using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Das.Foundation;

namespace Das.Benchmarks.Catalog;

/// <summary>The recipe's options of one benchmark: whole numbers and texts with defaults; any other key is an error that names it.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, JsonNode> values;
    private readonly string benchmark;

    /// <param name="benchmark">Its name.</param>
    /// <param name="given">The recipe's part.</param>
    /// <param name="known">A number's or text's default says which of the two is expected; an empty text: it must be given.</param>
    public BenchmarkOptions(string benchmark, JsonObject? given, params (string Key, JsonNode Default)[] known)
    {
        this.benchmark = benchmark;
        values = known.ToDictionary(k => k.Key, k => k.Default);
        foreach ((string key, JsonNode? value) in given ?? [])
        {
            if (!values.TryGetValue(key, out JsonNode? standard)) throw new InvalidDataException(Nearest.Unknown($"option of benchmark {benchmark}", key, values.Keys));
            bool text = standard.GetValueKind() == JsonValueKind.String;
            if (!(text ? value?.GetValueKind() == JsonValueKind.String : IsWhole(value)))
                throw new InvalidDataException($"Option '{key}' of benchmark {benchmark} must be a {(text ? "text" : "whole number")}, not {value?.ToJsonString() ?? "null"}.");
            values[key] = value!;
        }
    }

    /// <summary>A whole number.</summary>
    public long this[string key] => long.Parse(values[key].ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>A value that counts something.</summary>
    public int Count(string key, int least) => this[key] >= least && this[key] <= int.MaxValue
        ? (int)this[key]
        : throw new InvalidDataException($"Option '{key}' of benchmark {benchmark} must be at least {least}, not {this[key]}.");

    /// <summary>A text that is not empty.</summary>
    /// <param name="key">Which.</param>
    /// <param name="meaning">What it is, for the sentence that asks for it.</param>
    public string Text(string key, string meaning) => values[key].GetValue<string>() is { Length: > 0 } text
        ? text
        : throw new InvalidDataException($"Benchmark {benchmark} needs option '{key}': {meaning}.");

    private static bool IsWhole(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
}
