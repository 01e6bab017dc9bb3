namespace Das.Control.Runs;

/// <summary>What lists of runs are filtered by; empty where the text, which may come from any sender of messages, does not say.</summary>
internal sealed record RecipeFacts(string Name, string Backbone, string Benchmark)
{
    public static RecipeFacts Of(string recipeJson)
    {
        JsonNode? recipe = null;
        try { recipe = JsonNode.Parse(recipeJson); }
        catch (JsonException) { /* The stages will say so. */ }
        return new(Text(recipe, "name"), Text(Member(recipe, "backbone"), "name"), Text(Member(recipe, "benchmark"), "name"));
    }

    private static JsonNode? Member(JsonNode? node, string key) =>
        node is JsonObject members && members.TryGetPropertyValue(key, out JsonNode? value) ? value : null;

    private static string Text(JsonNode? node, string key) => Member(node, key) is JsonValue value && value.TryGetValue(out string? text)
        ? RunTexts.Cut(text, RunTexts.LongestName) : "";
}
