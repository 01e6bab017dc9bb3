namespace Das.Cli.Commands;

/// <summary><c>das runs</c> and <c>das show</c>: what has been run; and <c>das registry</c>: where that is written down.</summary>
public static class RegistryCommands
{
    public static IEnumerable<Command> Create(CliContext context) => [Runs(context), Show(context), Registry(context)];

    private static Verb Runs(CliContext context)
    {
        var verb = new Verb("runs", "List the runs, the latest first", "das runs", "das runs --json");
        verb.SetAction(async _ =>
        {
            await context.TellOfHomeAsync();
            var runs = await context.Host.ListAsync();
            context.Terminal.Result(new { runs }, console => RunDisplay.List(console, runs));
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static Verb Show(CliContext context)
    {
        var run = Inputs.Run();
        var verb = new Verb("show", "Show a run's stages, skipped layers and metrics", "das show last", "das show 3f2a --json") { run };
        verb.SetAction(async parsed =>
        {
            var found = await RunSelector.FindAsync(context.Host, parsed.GetRequiredValue(run));
            context.Terminal.Result(found, console => RunDisplay.Show(console, found));
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static Verb Registry(CliContext context)
    {
        var rebuild = new Command("rebuild", "Add what the registry does not know of the finished stages in the store; safe to repeat");
        rebuild.SetAction(async _ =>
        {
            var rebuilt = await context.Host.RebuildRegistryAsync();
            context.Terminal.Result(rebuilt, console =>
            {
                console.WriteLine($"{rebuilt.Artifacts} finished stages and {rebuilt.Runs} runs were added; the recipe is certain of {rebuilt.WithRecipe}. "
                    + "Not known: failed and cancelled runs, names, tags, notes, curves, logs, schedules, users, keys.");
                foreach (string sentence in rebuilt.Unreadable) console.WriteLine(sentence);
            });
            return ExitCodes.Ok;
        });
        return new("registry", "Rebuild a registry of runs that was lost from the results that lie beside it", "das registry rebuild") { rebuild };
    }
}
