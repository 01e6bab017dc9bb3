namespace Das.Models.Decoders;

/// <summary>A LLaMA's sizes as its files say them: the <see cref="Checkpoint.Metadata"/> of every form that LLaMAs are published in.</summary>
internal static class LlamaMetadata
{
    /// <param name="tensors">Under Meta's names; some sizes are read off their shapes.</param>
    /// <param name="values">The other sizes, by the configuration's property; null where the files are silent.</param>
    public static IReadOnlyDictionary<string, string> Of(OrderedDictionary<string, StoredTensor> tensors,
        params IEnumerable<(string Property, JsonNode? Value)> values)
    {
        JsonObject config = [];
        foreach ((string property, JsonNode? value) in values.Concat(FromShapes(tensors)))
            if (value is not null) config[JsonNamingPolicy.CamelCase.ConvertName(property)] = value;
        Dictionary<string, string> all = new() { [Checkpoint.ConfigKey] = config.ToJsonString() };
        if (SkippedLayers(tensors) is { } skipped) all.Add(Checkpoint.SkipModuleKey, skipped.ToString());
        return all;
    }

    /// <summary>The layers of which there are parts, but no attention; null where every layer has it, or none.</summary>
    private static SkipMask? SkippedLayers(OrderedDictionary<string, StoredTensor> tensors)
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

    private static IEnumerable<(string, JsonNode?)> FromShapes(OrderedDictionary<string, StoredTensor> tensors)
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
