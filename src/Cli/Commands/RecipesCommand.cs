using Das.Site.Pages.Start;

namespace Das.Cli.Commands;

/// <summary><c>das recipes</c>: what can be run.</summary>
public static class RecipesCommand
{
    private sealed record Row(string Name, string Path, string? Backbone, string? Benchmark, string? Description, string? Error);

    public static Verb Create(CliContext context)
    {
        var name = new Argument<string?>("name") { Description = "A recipe, by its name or path: every value it has, with meaning, source and default",
            DefaultValueFactory = _ => null };
        var verb = new Verb("recipes", "List the recipes that can be run by name, or the values of one", "das recipes", "das recipes vilt/shapes") { name };
        verb.SetAction(parsed =>
        {
            if (parsed.GetValue(name) is { } one)
            {
                Value[] values = Values(context.Recipes.Load(one));
                context.Terminal.Result(new { name = one, values }, console => Print(console, values));
                return ExitCodes.Ok;
            }
            Row[] recipes = [.. context.Recipes.Entries.Select(Read)];
            context.Terminal.Result(new { recipes }, console => Print(console, recipes));
            return ExitCodes.Ok;
        });
        return verb;
    }

    private sealed record Value(string Key, string Text, string Default, string Meaning, IReadOnlyList<string> Choices);

    private static Value[] Values(Recipe recipe)
    {
        RecipeDraft draft = RecipeDraft.From(recipe);
        return [.. from section in draft.Sections
                   from field in section.Fields
                   let text = draft[field.Path]
                   select new Value(field.Path, text.Length > 0 ? text : field.Default, field.Default, field.Summary, field.Choices)];
    }

    private static void Print(IAnsiConsole console, Value[] values)
    {
        var table = RunDisplay.Table("key", "value", "default", "what it is");
        foreach (Value value in values)
            table.AddRow(new Markup(value.Key), new Text(value.Text, value.Text == value.Default ? Style.Plain : new(decoration: Decoration.Bold)),
                new Text(value.Default), new Text(value.Meaning));
        console.Write(table);
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
