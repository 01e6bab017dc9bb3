using Das.Reports.Datasets;
using Das.Site.Pages.Data;

namespace Das.Cli.Commands;

/// <summary><c>das check</c>: would a recipe run, what would it do, and what do its data look like?</summary>
public static class CheckCommand
{
    public static Verb Create(CliContext context)
    {
        var recipe = Inputs.Recipe();
        var set = Inputs.Set();
        var fresh = Inputs.Fresh();
        var html = new Option<string?>("--html")
        {
            Description = "Ingest the data and write a page about them: counts by split and reason, commonest answers, lengths, samples with pictures",
            HelpName = "file",
        };
        var verb = new Verb("check", "Look at a recipe's paths, layers, data and memory, and print what a run of it would do",
            "das check vilt/shapes",
            "das check my-recipe.json --set search.skip=3",
            "das check my-recipe.json --html data.html") { recipe, set, fresh, html };
        verb.SetAction(async parsed =>
        {
            Recipe loaded = context.Recipes.Load(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
            int exitCode = await PlanDisplay.PlanAndShowAsync(context, loaded, parsed.GetValue(fresh));
            if (exitCode == ExitCodes.Ok && parsed.GetValue(html) is { } file) await WriteAsync(context, loaded, file);
            return exitCode;
        });
        return verb;
    }

    private static async Task WriteAsync(CliContext context, Recipe recipe, string file)
    {
        var dataset = await new ProgressDisplay(context.Terminal, TimeProvider.System)
            .ShowAsync(report => context.Host.IngestAsync(recipe, report, context.Interrupted));
        string page = await DatasetPage.RenderAsync(recipe.Name, DatasetSummary.Of(dataset, context.Interrupted));
        AtomicFile.Write(file, System.Text.Encoding.UTF8.GetBytes(page));
        context.Terminal.Note($"The page about the data: {file}");
    }
}
