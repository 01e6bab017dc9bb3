namespace Das.Control.History;

/// <summary>The command line that computes a run again.</summary>
/// <param name="Command">For a POSIX shell.</param>
/// <param name="NeedsFile">The recipe has no name that this installation knows: it must be saved as <see cref="FileName"/> first.</param>
public sealed record Reproduction(string Command, bool NeedsFile)
{
    public const string FileName = "recipe.json";

    /// <param name="recipeJson">The run's whole recipe.</param>
    /// <param name="recipes">Where recipes are known by name.</param>
    public static Reproduction Of(string recipeJson, RecipeCatalog recipes)
    {
        if (Named(recipeJson, recipes) is not { } named) return new($"das run {FileName} --fresh", NeedsFile: true);
        var (name, own, known) = named;
        string[] absent = [.. known.Keys.Except(own.Keys)];
        if (absent.Length > 0) return new($"das run {FileName} --fresh", NeedsFile: true);
        IEnumerable<string> sets = own.Where(leaf => !JsonNode.DeepEquals(leaf.Value, known.GetValueOrDefault(leaf.Key)))
            .OrderBy(leaf => leaf.Key, StringComparer.Ordinal)
            .Select(leaf => " --set " + Quoted(leaf.Key + "="
                + (leaf.Value is JsonValue text && text.TryGetValue(out string? plain) && !IsJson(plain) ? plain : leaf.Value.ToJsonString())));
        return new($"das run {name}{string.Concat(sets)} --fresh", NeedsFile: false);
    }

    private static (string Name, IReadOnlyDictionary<string, JsonNode> Own, IReadOnlyDictionary<string, JsonNode> Known)? Named(string recipeJson,
        RecipeCatalog recipes)
    {
        try
        {
            Recipe own = Recipe.Parse(recipeJson);
            return recipes.Entries.Any(entry => entry.Name == own.Name && !entry.Pretrains) ? (own.Name, Leaves(own), Leaves(recipes.Load(own.Name))) : null;
        }
        catch (DasException) { return null; }
    }

    private static IReadOnlyDictionary<string, JsonNode> Leaves(Recipe recipe) => RecipeLeaves.Of(JsonNode.Parse(recipe.ToCanonicalJson()));

    /// <summary>The command line would take it for a number or the like.</summary>
    private static bool IsJson(string text)
    {
        try { return JsonNode.Parse(text) is not null; }
        catch (JsonException) { return text.Length == 0; }
    }

    private static string Quoted(string word) =>
        word.All(letter => char.IsAsciiLetterOrDigit(letter) || "._-=/:,+".Contains(letter)) ? word
            : $"'{word.Replace("'", @"'\''")}'";
}
