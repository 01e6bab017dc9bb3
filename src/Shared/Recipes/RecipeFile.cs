namespace Das.Recipes;

/// <summary>Reads recipes as people write them.</summary>
public static class RecipeFile
{
    /// <summary>Reads the recipe at <paramref name="path"/> with <paramref name="sets"/> put over it.</summary>
    /// <exception cref="DasException">The file cannot be read or used; the message says where and why.</exception>
    public static Recipe Load(string path, IEnumerable<string>? sets = null) => Load<Recipe>(path, sets, RecipeValidator.Validate);

    /// <summary>Reads the pretraining recipe at <paramref name="path"/> with <paramref name="sets"/> put over it.</summary>
    /// <exception cref="DasException">The file cannot be read or used; the message says where and why.</exception>
    public static PretrainRecipe LoadPretrain(string path, IEnumerable<string>? sets = null) => Load<PretrainRecipe>(path, sets, RecipeValidator.Validate);

    /// <param name="path">A JSON file; comments and trailing commas are allowed.</param>
    /// <param name="sets">Overrides as <c>dotted.path=value</c>: <c>search.skip=2</c>.</param>
    /// <param name="validate">What is wrong with the values.</param>
    private static T Load<T>(string path, IEnumerable<string>? sets, Func<T, IEnumerable<Flaw>> validate)
    {
        string shown = Path.GetRelativePath(Directory.GetCurrentDirectory(), path) is var relative && !relative.StartsWith("..", StringComparison.Ordinal)
            ? relative.Replace('\\', '/')
            : path;
        try
        {
            return StrictJson.Read(Utf8Text.Of(File.ReadAllBytes(path), shown, ErrorKind.Recipe), shown, sets ?? [], validate);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DasException(ErrorKind.Recipe, $"{shown}: cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads recipe text; errors call it <paramref name="source"/>.</summary>
    /// <exception cref="DasException">The text cannot be used; the message says where and why.</exception>
    public static Recipe Parse(string json, string source, IEnumerable<string> sets) =>
        StrictJson.Read<Recipe>(json, source, sets, RecipeValidator.Validate);
}
