using Das.Benchmarks.Raw;

namespace Das.Artifacts;

/// <summary>What a finished stage left behind; <c>result.json</c> in its folder, written last.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Key">The stage's key; the folder's name.</param>
/// <param name="Files">Path relative to the folder → the file.</param>
/// <param name="Facts">Small facts the next stages and people need: the skip list, counts.</param>
public sealed record StageResult(string Stage, string Key, SortedDictionary<string, ArtifactRef> Files, JsonObject Facts)
{
    internal const string LeftOutFact = "leftOut", BadInputsFact = "badInputs";

    /// <summary>What of its input the stage did not use, or not whole; empty where it used all of it, and in results from before it was counted.</summary>
    public LeftOutRows LeftOut => Facts[LeftOutFact] is JsonObject rows ? rows.Deserialize<LeftOutRows>()! : [];

    /// <summary>The same in words, with how many unusable inputs were skipped; empty where there is neither.</summary>
    public string Missing => string.Join("; ", new[]
    {
        Facts[BadInputsFact] is JsonValue bad && bad.TryGetValue(out long skipped) && skipped > 0 ? $"{skipped} unusable inputs skipped" : "",
        LeftOut.ToString(),
    }.Where(part => part.Length > 0));

    /// <summary>The file called <paramref name="name"/> in the stage's folder.</summary>
    /// <exception cref="DasException">The stage left no such file.</exception>
    public ArtifactRef File(string name) => Files.TryGetValue(name, out ArtifactRef? file)
        ? file
        : throw new DasException(ErrorKind.Storage, $"The result of stage '{Stage}' ({Key}) has no file '{name}'. It has: {string.Join(", ", Files.Keys)}.");

    /// <summary>The fact called <paramref name="name"/>.</summary>
    /// <exception cref="DasException">The stage left no such fact.</exception>
    public T Fact<T>(string name) => Facts.TryGetPropertyValue(name, out JsonNode? fact) && fact is not null
        ? fact.Deserialize<T>()!
        : throw new DasException(ErrorKind.Storage,
            $"The result of stage '{Stage}' ({Key}) has no fact '{name}'. It has: {string.Join(", ", Facts.Select(f => f.Key))}.");

    /// <summary>The same result gives the same bytes: no times, no machine names, canonical JSON.</summary>
    public byte[] ToBytes() => CanonicalJson.Bytes(new JsonObject
    {
        ["stage"] = Stage,
        ["key"] = Key,
        ["files"] = new JsonObject(Files.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)new JsonObject
        {
            ["uri"] = file.Value.Uri,
            ["sha256"] = file.Value.Sha256,
            ["bytes"] = file.Value.Bytes,
        }))),
        ["facts"] = Facts.DeepClone(),
    });

    /// <exception cref="JsonException">The bytes are not a result.</exception>
    public static StageResult Parse(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize<StageResult>(bytes, JsonSerializerOptions.Web) is { Stage: not null, Key: not null, Files: not null, Facts: not null } result
        && result.Files.Values.All(file => file is { Uri: not null, Sha256: not null })
            ? new(result.Stage, result.Key, new(result.Files, StringComparer.Ordinal), result.Facts)
            : throw new JsonException("A member is missing.");
}
