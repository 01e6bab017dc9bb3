namespace Das.Cli.Commands;

/// <summary><c>das recipes</c>: what can be run.</summary>
public static class RecipesCommand
{
    private sealed record Row(string Name, string Path, string? Backbone, string? Benchmark, string? Description, string? Error);

    public static Verb Create(CliContext context)
    {
        var verb = new Verb("recipes", "List the recipes that can be run by name", "das recipes", "das recipes --json");
        verb.SetAction(_ =>
        {
            Row[] recipes = [.. context.Recipes.Entries.Select(Read)];
            context.Terminal.Result(new { recipes }, console => Print(console, recipes));
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static Row Read(RecipeEntry entry)
    {
        try
        {
            if (entry.Pretrains) return new(entry.Name, entry.Path, null, null, RecipeFile.LoadPretrain(entry.Path).Description, null);
            var recipe = RecipeFile.Load(entry.Path);
            return new(entry.Name, entry.Path, recipe.Backbone.Name, recipe.Benchmark.Name, recipe.Description, null);
        }
        catch (DasException e)
        {
            return new(entry.Name, entry.Path, null, null, null, e.Message);
        }
    }

    private static void Print(IAnsiConsole console, Row[] recipes)
    {
        if (recipes.Length == 0)
        {
            console.WriteLine("There is no folder 'recipes' here with .json files in it.");
            return;
        }
        var table = RunDisplay.Table("recipe", "backbone", "benchmark", "what it is");
        foreach (var recipe in recipes)
            table.AddRow(recipe.Name, recipe.Backbone ?? "", recipe.Benchmark ?? "", recipe.Error is { } error ? $"[red]{Markup.Escape(error)}[/]"
                : Markup.Escape(recipe.Description!));
        console.Write(table);
    }
}
