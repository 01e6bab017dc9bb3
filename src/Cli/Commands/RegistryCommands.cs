namespace Das.Cli.Commands;

/// <summary><c>das runs</c> and <c>das show</c>: what has been run.</summary>
public static class RegistryCommands
{
    public static IEnumerable<Command> Create(CliContext context) => [Runs(context), Show(context)];

    private static Verb Runs(CliContext context)
    {
        var verb = new Verb("runs", "List the runs, the latest first", "das runs", "das runs --json");
        verb.SetAction(async _ =>
        {
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
}
