namespace Das.Recipes;

/// <summary>A recipe that can be run by name.</summary>
/// <param name="Name">Path below <c>recipes/</c> without <c>.json</c>: <c>vilt/easy-vqa</c>.</param>
/// <param name="Path">The file.</param>
public sealed record RecipeEntry(string Name, string Path)
{
    /// <summary>It trains a backbone from nothing (<c>das pretrain</c>) instead of adapting one.</summary>
    public bool Pretrains => Name.StartsWith("pretrain/", StringComparison.Ordinal);
}

/// <summary>The recipes found in <paramref name="folders"/>; where two have one name, the earlier folder's counts.</summary>
public sealed class RecipeCatalog(params IReadOnlyList<string> folders)
{
    /// <summary><c>recipes/</c> in the working directory, then the one nearest above the executable.</summary>
    public static RecipeCatalog Default()
    {
        string? shipped = Above(AppContext.BaseDirectory).FirstOrDefault(Directory.Exists);
        string here = Path.Combine(Directory.GetCurrentDirectory(), "recipes");
        return new(shipped is null ? [here] : [here, shipped]);
    }

    /// <summary>The folder of suites (<c>das suite</c>), which are no recipes.</summary>
    private const string Suites = "suites/";

    /// <summary>Every recipe, by name.</summary>
    public IReadOnlyList<RecipeEntry> Entries { get; } =
    [
        .. folders
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
                .Select(file => new RecipeEntry(Path.ChangeExtension(Path.GetRelativePath(folder, file), null).Replace('\\', '/'), file)))
            .Where(entry => !entry.Name.StartsWith(Suites, StringComparison.Ordinal))
            .DistinctBy(entry => entry.Name)
            .OrderBy(entry => entry.Name, StringComparer.Ordinal),
    ];

    /// <summary>Reads a recipe by its name, or by its path if that ends in <c>.json</c>.</summary>
    /// <exception cref="DasException">There is no such recipe, or it cannot be used.</exception>
    public Recipe Load(string nameOrPath, IEnumerable<string>? sets = null) => RecipeFile.Load(PathOf(nameOrPath), sets);

    /// <summary>Reads a pretraining recipe by its name, or by its path if that ends in <c>.json</c>.</summary>
    /// <exception cref="DasException">There is no such recipe, or it cannot be used.</exception>
    public PretrainRecipe LoadPretrain(string nameOrPath, IEnumerable<string>? sets = null) => RecipeFile.LoadPretrain(PathOf(nameOrPath), sets);

    /// <summary>The recipe of that name; a path is no name.</summary>
    /// <exception cref="DasException">There is no such recipe.</exception>
    public RecipeEntry Named(string name) => Entries.FirstOrDefault(entry => entry.Name == name)
        ?? throw new DasException(ErrorKind.Recipe, Nearest.Unknown("recipe", name, [.. Entries.Select(known => known.Name)]));

    private string PathOf(string nameOrPath)
    {
        bool path = Entries.All(entry => entry.Name != nameOrPath)
            && (File.Exists(nameOrPath) || nameOrPath.EndsWith(".json", StringComparison.OrdinalIgnoreCase));
        return path ? nameOrPath : Named(nameOrPath).Path;
    }

    private static IEnumerable<string> Above(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "recipes");
    }
}
