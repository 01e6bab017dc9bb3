using Das.Stages;

namespace Das.Cli.Commands;

/// <summary><c>das serve</c> and <c>das worker</c>: the pipeline as separate processes.</summary>
public static class ServiceCommands
{
    public static IEnumerable<Command> Create(CliContext context) => [Serve(context), Worker(context)];

    private static Verb Serve(CliContext context)
    {
        var urls = new Option<string>("--urls") { Description = "Where to listen; several are separated by semicolons", DefaultValueFactory = _ =>
            "http://localhost:5080" };
        var verb = new Verb("serve", "Serve the status page and orchestrate runs until Ctrl-C; goes on with interrupted runs",
            "das serve", "das serve --urls http://0.0.0.0:8080") { urls };
        verb.SetAction(async parsed =>
        {
            await context.TellOfHomeAsync();
            await context.Host.ServeAsync(parsed.GetRequiredValue(urls), context.Interrupted);
            return ExitCodes.Ok;
        });
        return verb;
    }

    private static Verb Worker(CliContext context)
    {
        var stages = PipelineStages.Das.Names;
        var stage = new Argument<string>("stage") { Description = string.Join(", ", stages) };
        var verb = new Verb("worker", "Work on one stage's commands from the bus until Ctrl-C", [.. stages.Select(name => $"das worker {name}")]) { stage };
        verb.SetAction(async parsed =>
        {
            string name = parsed.GetRequiredValue(stage);
            if (!stages.Contains(name)) throw new DasException(ErrorKind.Usage, Nearest.Unknown("stage", name, [.. stages]));
            await context.Host.WorkerAsync(name, context.Interrupted);
            return ExitCodes.Ok;
        });
        return verb;
    }
}
