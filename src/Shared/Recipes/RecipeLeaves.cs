namespace Das.Recipes;

/// <summary>A recipe's values by dotted path: <c>search.skip</c>. Lists are values.</summary>
public static class RecipeLeaves
{
    public static IReadOnlyDictionary<string, JsonNode> Of(JsonNode? recipe)
    {
        Dictionary<string, JsonNode> leaves = [];
        Collect(recipe, "", leaves);
        return leaves;
    }

    private static void Collect(JsonNode? node, string path, Dictionary<string, JsonNode> leaves)
    {
        if (node is JsonObject members)
            foreach ((string key, JsonNode? value) in members) Collect(value, path.Length == 0 ? key : $"{path}.{key}", leaves);
        else if (node is not null && path.Length > 0) leaves[path] = node;
    }
}
