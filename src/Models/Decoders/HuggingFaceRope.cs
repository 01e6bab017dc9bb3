namespace Das.Models.Decoders;

/// <summary>
/// Rotary positions in a Hugging Face <c>config.json</c>: <c>rope_parameters</c> with all of it, or <c>rope_theta</c> and <c>rope_scaling</c> as before
/// <c>transformers</c> 5, whose type was called <c>type</c> at first.
/// </summary>
internal static class HuggingFaceRope
{
    private const string Old = "rope_scaling", New = "rope_parameters", Theta = "rope_theta", Factor = "factor", Low = "low_freq_factor",
        High = "high_freq_factor", Length = "original_max_position_embeddings", Part = "partial_rotary_factor", Attention = "attention_factor",
        Short = "short_factor", Long = "long_factor";

    private static readonly string[] Known = ["rope_type", "type", Theta, Factor, Low, High, Length, Part, Attention, Short, Long];

    /// <returns>θ, null where the file is silent; null for frequencies that are not changed.</returns>
    /// <exception cref="DasException">A type or key is not computed with, lacks a number, or is given twice with different values.</exception>
    public static (double? Theta, RopeScaling? Scaling) Of(ConfigFile config)
    {
        RopeScaling? older = Scaling(config, Old), newer = Scaling(config, New);
        if (config[Old] is not null && config[New] is not null && older != newer)
            throw HuggingFaceKeys.Foreign(config, Old, $"what {New} says, or none of the two,");
        double[] bases = [.. new[] { config, config.Section(Old), config.Section(New) }.Select(section => section?.Value<double>(Theta))
            .OfType<double>().Distinct()];
        return bases.Length < 2 ? (bases.Length == 0 ? null : bases[0], newer ?? older) : throw new DasException(ErrorKind.Checkpoint,
            $"'{config.Path}' gives {Theta} as {string.Join(" and ", bases.Select(value => value.ToString(CultureInfo.InvariantCulture)))}: one is expected.");
    }

    private static RopeScaling? Scaling(ConfigFile config, string key)
    {
        if (config[key] is null) return null;
        if (config.Section(key) is not { } section || section.Keys.Any(name => section[name] is not null && !Known.Contains(name))
            || (section[Part] is { } part && !HuggingFaceKeys.IsEqual(part, 1)))
            throw HuggingFaceKeys.Foreign(config, key, $"an object of {string.Join(", ", Known)}, the part rotated 1,");
        double? factor = Above0(Factor), low = Above0(Low), high = Above0(High);
        int? length = section.Value<int>(Length);
        return (section.Text("rope_type") ?? section.Text("type")) switch
        {
            null or "default" => null,
            "linear" when factor is not null => factor == 1 ? null : new() { Type = "linear", Factor = factor },
            "llama3" when factor is not null && low is not null && high > low && length > 0 => new()
            {
                Type = "llama3", Factor = factor, LowFrequencyFactor = low, HighFrequencyFactor = high, OriginalLength = length,
            },
            "longrope" when Divisors(section) is { } divisors => new() { Type = "factors", Factors = divisors },
            _ => throw HuggingFaceKeys.Foreign(config, key, $"one of type default, linear ({Factor}), llama3 ({Factor}, {Low}, a larger {High}, {Length}) or "
                + $"longrope (a {Long} equal to its {Short}, {Attention} 1)"),
        };

        double? Above0(string name) => section.Value<double>(name) is > 0 and var value ? value : null;
    }

    /// <summary>What each frequency is divided by, whatever the length; null where that depends on it.</summary>
    private static double[]? Divisors(ConfigFile section)
    {
        if (section[Attention] is not { } attention || !HuggingFaceKeys.IsEqual(attention, 1)) return null;
        if (section[Short] is not JsonArray each || !JsonNode.DeepEquals(each, section[Long])) return null;
        double[] divisors = [.. each.Select(entry => entry is JsonValue value && value.TryGetValue(out double divisor) ? divisor : 0)];
        return Array.TrueForAll(divisors, divisor => divisor > 0) ? divisors : null;
    }
}
