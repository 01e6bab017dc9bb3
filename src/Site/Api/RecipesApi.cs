namespace Das.Site.Api;

/// <summary>A recipe that a run can be started with by name.</summary>
public sealed record RecipeSummary(string Name, string? Backbone, string? Benchmark, string? Description, string? Error);

/// <summary><c>/api/recipes</c></summary>
internal static class RecipesApi
{
    public static void MapRecipesApi(this WebApplication app)
    {
        RouteGroupBuilder recipes = app.MapGroup("/api/recipes").WithTags("Recipes");
        recipes.MapGet("", List).WithSummary("The recipes that can be run by name; one that cannot be used says why.");
        recipes.MapGet("/{**name}", Find).Produces(StatusCodes.Status200OK, contentType: "application/json").ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("A whole recipe, every default filled in.");
    }

    private static IReadOnlyList<RecipeSummary> List() => [.. RecipeCatalog.Default().Entries.Where(entry => !entry.Pretrains).Select(Summary)];

    private static IResult Find(string name)
    {
        RecipeCatalog catalog = RecipeCatalog.Default();
        return catalog.Entries.FirstOrDefault(entry => entry.Name == name && !entry.Pretrains) is { } entry
            ? Results.Text(RecipeFile.Load(entry.Path).ToCanonicalJson(), "application/json")
            : throw new DasException(ErrorKind.NotFound, $"There is no recipe '{name}'. GET /api/recipes lists them.");
    }

    private static RecipeSummary Summary(RecipeEntry entry)
    {
        try
        {
            Recipe recipe = RecipeFile.Load(entry.Path);
            return new(entry.Name, recipe.Backbone.Name, recipe.Benchmark.Name, recipe.Description, null);
        }
        catch (DasException unusable) { return new(entry.Name, null, null, null, unusable.Message); }
    }
}
