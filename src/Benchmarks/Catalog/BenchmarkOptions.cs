namespace Das.Benchmarks.Catalog;

/// <summary>The recipe's options of one benchmark: whole numbers, texts and switches with defaults; any other key is an error that names it.</summary>
internal sealed class BenchmarkOptions
{
    private readonly Dictionary<string, JsonNode> values;
    private readonly string benchmark;

    /// <param name="benchmark">Its name.</param>
    /// <param name="given">The recipe's part.</param>
    /// <param name="known">A default's kind says what is expected, a number, a text, or true or false; an empty text: it must be given.</param>
    public BenchmarkOptions(string benchmark, JsonObject? given, params (string Key, JsonNode Default)[] known)
    {
        this.benchmark = benchmark;
        values = known.ToDictionary(k => k.Key, k => k.Default);
        foreach ((string key, JsonNode? value) in given ?? [])
        {
            if (!values.TryGetValue(key, out JsonNode? standard))
                throw new DasException(ErrorKind.Data, Nearest.Unknown($"option of benchmark {benchmark}", key, values.Keys));
            (bool fits, string expected) = standard.GetValueKind() switch
            {
                JsonValueKind.String => (value?.GetValueKind() == JsonValueKind.String, "a text"),
                JsonValueKind.True or JsonValueKind.False => (value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False, "true or false"),
                _ => (IsWhole(value), "a whole number"),
            };
            if (!fits) throw new DasException(ErrorKind.Data,
                $"Option '{key}' of benchmark {benchmark} must be {expected}, not {value?.ToJsonString() ?? "null"}.");
            values[key] = value!;
        }
    }

    /// <summary>A whole number.</summary>
    public long this[string key] => long.Parse(values[key].ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>A value that counts something.</summary>
    public int Count(string key, int least) => this[key] >= least && this[key] <= int.MaxValue
        ? (int)this[key]
        : throw new DasException(ErrorKind.Data, $"Option '{key}' of benchmark {benchmark} must be at least {least}, not {this[key]}.");

    /// <summary>A share of 1 to 99 in 100.</summary>
    public int Percent(string key) => this[key] is >= 1 and <= 99
        ? (int)this[key]
        : throw new DasException(ErrorKind.Data, $"Option '{key}' of benchmark {benchmark} is a share in percent, 1 to 99, not {this[key]}.");

    /// <summary>A switch.</summary>
    public bool Flag(string key) => values[key].GetValue<bool>();

    /// <summary>A text that is not empty.</summary>
    /// <param name="key">Which.</param>
    /// <param name="meaning">What it is, for the sentence that asks for it.</param>
    public string Text(string key, string meaning) => values[key].GetValue<string>() is { Length: > 0 } text
        ? text
        : throw new DasException(ErrorKind.Data, $"Benchmark {benchmark} needs option '{key}': {meaning}.");

    private static bool IsWhole(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out _);
}
