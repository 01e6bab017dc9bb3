namespace Das.Control.Runs;

/// <summary>
/// Which files and folders a recipe that came over the network may name: what stands at the same place in a known recipe
/// or in an earlier run, what lies below a folder that the operator of the server listed, and models on a hub that he listed.
/// </summary>
/// <param name="registry">The earlier runs.</param>
/// <param name="recipes">The known recipes.</param>
/// <param name="folders">Whatever lies below these may be named; absolute, or relative to the working directory.</param>
/// <param name="any">Whether every path may be named, as on the person's own machine.</param>
public sealed class RecipePaths(IDbContextFactory<RegistryContext> registry, RecipeCatalog recipes, IReadOnlyList<string> folders, bool any)
{
    /// <summary>The environment variable with the operator's folders, separated by colons.</summary>
    public const string Variable = "DAS_ADMIN_DATA";

    /// <summary>The environment variable with the operator's models on a hub, separated by commas.</summary>
    public const string ModelsVariable = "DAS_ADMIN_MODELS";

    /// <summary>
    /// Models on a hub that may be named, at any revision: <c>ORG/NAME</c>, <c>ORG/*</c> or <c>*</c>. The server downloads them, to its disk and as
    /// whoever its token says.
    /// </summary>
    public IReadOnlyList<string> Models { get; init; } =
        Environment.GetEnvironmentVariable(ModelsVariable)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private const string Options = "benchmark.options.", Backbone = "backbone.", Config = "backbone.config.";
    private static readonly string[] Named = [.. PathsOf(typeof(Recipe), "")];

    public static IReadOnlyList<string> FoldersFromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable)?.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>The paths that <paramref name="recipe"/> must not name, each at its key.</summary>
    public async Task<IReadOnlyList<Flaw>> FlawsAsync(Recipe recipe)
    {
        if (any) return [];
        List<Flaw> flaws = [];
        foreach ((string key, string path) in PathsIn(recipe))
        {
            bool onHub = key.StartsWith(Backbone, StringComparison.Ordinal) && HubName.Is(path);
            if (!(onHub ? IsModel(path) : InFolder(path)) && !InRecipe(key, path) && !await InRunAsync(key, path)) flaws.Add(new(key, Refusal(path, onHub)));
        }
        return flaws;
    }

    /// <exception cref="DasException">The recipe names what it must not; the message is the sentence for its sender.</exception>
    public async Task CheckAsync(Recipe recipe)
    {
        if ((await FlawsAsync(recipe)).FirstOrDefault() is { } flaw) throw new DasException(ErrorKind.Usage, $"'{flaw.Path}' {flaw.Problem}.");
    }

    private static string Refusal(string path, bool onHub) => $"must not be '{path}': over the network a recipe may only name "
        + (onHub ? $"models of a known recipe, of an earlier run, or in the server's {ModelsVariable}"
            : $"files of a known recipe, of an earlier run, or below a folder of the server's {Variable}");

    private static IEnumerable<(string Key, string Path)> PathsIn(Recipe recipe) =>
        from leaf in RecipeLeaves.Of(JsonNode.Parse(recipe.ToCanonicalJson()))
        let text = leaf.Value is JsonValue value && value.TryGetValue(out string? plain) ? plain : null
        where text is not null && (Named.Contains(leaf.Key) || (IsFree(leaf.Key) && Leads(text)))
        select (leaf.Key, text);

    private static bool IsFree(string key) => key.StartsWith(Options, StringComparison.Ordinal) || key.StartsWith(Config, StringComparison.Ordinal);

    /// <summary>It could lead out of the folder that it is meant relative to.</summary>
    private static bool Leads(string text) => Path.IsPathRooted(text) || text.Split('/', '\\').Contains("..");

    private bool InFolder(string path)
    {
        string whole = Path.GetFullPath(path);
        return folders.Select(Path.GetFullPath).Any(folder => whole == folder || whole.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal));
    }

    private bool IsModel(string path)
    {
        if (HubName.Problem(path) is not null) return false;
        string repository = HubName.Parse(path).Repository, organisation = repository[..(repository.IndexOf('/') + 1)];
        return Models.Any(model => model == "*" || model == repository || (organisation.Length > 0 && model == organisation + '*'));
    }

    private bool InRecipe(string key, string path) => recipes.Entries.Where(entry => !entry.Pretrains).Any(entry =>
    {
        try { return PathsIn(RecipeFile.Load(entry.Path)).Contains((key, path)); }
        catch (DasException) { return false; }
    });

    private async Task<bool> InRunAsync(string key, string path)
    {
        if (key.Contains('"', StringComparison.Ordinal)) return false;
        string member = "$" + string.Concat(key.Split('.').Select(name => $".\"{name}\""));
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        return await rows.Database.SqlQuery<bool>(
            $"SELECT EXISTS (SELECT 1 FROM Runs WHERE CASE WHEN json_valid(Recipe) THEN json_extract(Recipe, {member}) END = {path}) AS Value").SingleAsync();
    }

    private static IEnumerable<string> PathsOf(Type type, string prefix) =>
        from property in type.GetProperties()
        let key = prefix + System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(property.Name)
        from path in property.IsDefined(typeof(NamesFileAttribute), inherit: false) ? [key]
            : property.PropertyType.Namespace == typeof(Recipe).Namespace ? PathsOf(property.PropertyType, key + '.') : []
        select path;
}
