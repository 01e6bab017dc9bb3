namespace Das.Models.Checkpoints;

/// <summary>What a LLaMA's files say of its sizes, as <see cref="Checkpoint.ConfigKey"/> holds it.</summary>
internal static class LlamaStatement
{
    /// <param name="tensors">Under Meta's names; they say what can be counted.</param>
    /// <param name="values">What can not, by the configuration's property; null where the files are silent.</param>
    public static IReadOnlyDictionary<string, string> Of(OrderedDictionary<string, StoredTensor> tensors,
        params IEnumerable<(string Property, JsonNode? Value)> values)
    {
        JsonObject stated = [];
        foreach ((string property, JsonNode? value) in values.Concat(Counted(tensors)))
            if (value is not null) stated[JsonNamingPolicy.CamelCase.ConvertName(property)] = value;
        Dictionary<string, string> all = new() { [Checkpoint.ConfigKey] = stated.ToJsonString() };
        if (Finished(tensors) is { } skipped) all.Add(Checkpoint.SkipModuleKey, skipped.ToString());
        return all;
    }

    /// <summary>The layers of which there are parts, but no attention; null where every layer has it, or none.</summary>
    private static SkipMask? Finished(OrderedDictionary<string, StoredTensor> tensors)
    {
        HashSet<int> all = [], kept = [];
        foreach (string[] parts in tensors.Keys.Select(name => name.Split('.')))
        {
            if (parts is not ["layers", var number, var part, var inner, ..]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)) continue;
            all.Add(layer);
            if (part == "attention" && inner != "rotary_emb") kept.Add(layer);
        }
        return kept.Count == 0 || kept.Count == all.Count ? null : SkipMask.Of(all.Except(kept));
    }

    /// <summary>Positions the weights were trained with, where these are fewer than the published recipes use.</summary>
    public static JsonNode? Positions(int? trained)
    {
        int usual = new LlamaConfig().MaxLength;
        return trained is { } positions && positions < usual ? positions : null;
    }

    /// <summary>A file of sizes.</summary>
    /// <exception cref="DasException">It is missing or no JSON object.</exception>
    public static JsonObject Read(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file)) as JsonObject ?? throw new JsonException("it holds no object");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Checkpoint, $"'{file}' cannot be read as JSON ({e.Message}): the sizes of the weights beside it were expected; copy or "
                + "download it again.", e);
        }
    }

    /// <exception cref="DasException">The value is of another type.</exception>
    public static T? Value<T>(JsonObject json, string file, string key) where T : struct
    {
        try
        {
            return json[key] is { } value ? value.GetValue<T>() : null;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new DasException(ErrorKind.Checkpoint, $"'{file}' gives {key} as {json[key]!.ToJsonString()}, where a number is expected; copy or download it again.", e);
        }
    }

    /// <exception cref="DasException">The value is missing or of another type.</exception>
    public static T Required<T>(JsonObject json, string file, string key) where T : struct => Value<T>(json, file, key)
        ?? throw new DasException(ErrorKind.Checkpoint, $"'{file}' does not say {key}: the sizes of a LLaMA were expected; copy or download it again.");

    private static IEnumerable<(string, JsonNode?)> Counted(OrderedDictionary<string, StoredTensor> tensors)
    {
        if (tensors.TryGetValue("tok_embeddings.weight", out StoredTensor? table) && table.Shape.Length == 2)
        {
            yield return (nameof(LlamaConfig.VocabSize), table.Shape[0]);
            if (table.Type.Type == ScalarType.Float32) yield return (nameof(LlamaConfig.Dtype), "float32"); // half types are computed in the configuration's
        }
        if (tensors.FirstOrDefault(t => t.Key.EndsWith(".feed_forward.w1.weight", StringComparison.Ordinal)).Value is { Shape.Length: 2 } w1)
            yield return (nameof(LlamaConfig.Hidden), w1.Shape[0]);
    }
}
