namespace Das.Artifacts;

/// <summary>The name of a stage's result: equal work has an equal key, on every machine.</summary>
public static class StageKey
{
    /// <summary>
    /// SHA-256 over the canonical JSON of everything that determines the result.
    /// </summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="version">Raised whenever the stage's code gives another result for the same inputs.</param>
    /// <param name="recipePart">What the stage reads of the recipe, and nothing it does not read.</param>
    /// <param name="inputDigests">Digests of what it reads from disk, in the order in which it uses them.</param>
    public static string Compute(string stage, int version, JsonNode recipePart, IEnumerable<string> inputDigests) =>
        Digest.Of(CanonicalJson.Bytes(new JsonObject
        {
            ["stage"] = stage,
            ["version"] = version,
            ["recipe"] = recipePart.DeepClone(),
            ["inputs"] = new JsonArray([.. inputDigests.Select(digest => JsonValue.Create(digest))]),
        }));
}
