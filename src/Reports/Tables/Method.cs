namespace Das.Reports.Tables;

/// <summary>What a row of the paper's tables stands for: a backbone, how its skipped layers were chosen, and how many they are.</summary>
/// <param name="Backbone">Its name in the recipe.</param>
/// <param name="Strategy">das, random or fixed; always fixed where nothing is skipped.</param>
/// <param name="Skip">k.</param>
/// <param name="Layers">The layers of the strategy fixed, as published: <c>[3, 7]</c>; empty otherwise.</param>
public sealed record Method(string Backbone, string Strategy, int Skip, string Layers)
{
    /// <summary><c>DAS, k = 2</c>.</summary>
    public string Title => $"{Choice}, k = {Skip}";

    /// <summary><c>vilt, DAS, k = 2</c>.</summary>
    public string Name => $"{Backbone}, {Title}";

    /// <summary>What methods that differ only in k have in common: <c>DAS</c>.</summary>
    public string Choice => (Skip, Strategy) switch
    {
        (0, _) => "full adapters",
        (_, "das") => "DAS",
        (_, "fixed") => $"layers {Layers}",
        _ => Strategy,
    };

    public static Method Of(Recipe recipe)
    {
        var search = recipe.Search;
        int skip = search.Strategy == Fixed ? search.SkipModule.Length : search.Skip;
        return skip == 0 ? new(recipe.Backbone.Name, Fixed, 0, "")
            : new(recipe.Backbone.Name, search.Strategy, skip, search.Strategy == Fixed ? $"[{string.Join(", ", search.SkipModule.Order())}]" : "");
    }

    /// <summary><paramref name="recipe"/> with <paramref name="skip"/> layers chosen by <paramref name="strategy"/>; with 0 nothing is searched.</summary>
    public static Recipe Apply(Recipe recipe, string strategy, int skip) =>
        recipe with { Search = recipe.Search with { Strategy = skip == 0 ? Fixed : strategy, Skip = skip, SkipModule = [] } };

    private const string Fixed = "fixed";
}
