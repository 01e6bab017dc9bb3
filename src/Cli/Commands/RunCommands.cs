using Das.Stages;

namespace Das.Cli.Commands;

/// <summary><c>das run</c>, <c>das retry</c>, <c>das cancel</c>: what begins and ends runs.</summary>
public static class RunCommands
{
    public static IEnumerable<Command> Create(CliContext context) => [Run(context), Retry(context), Cancel(context)];

    private static Verb Run(CliContext context)
    {
        var recipe = Inputs.Recipe();
        var set = Inputs.Set();
        var fresh = Inputs.Fresh();
        var check = new Option<bool>("--check") { Description = "Look at paths, layers, data and memory, print the plan, and start nothing" };
        var verb = new Verb("run", $"Run a recipe: {string.Join(", ", PipelineStages.Das.Names)}",
            "das run vilt/shapes",
            "das run vilt/easy-vqa --set search.skip=3 --set seed=1",
            "das run my-recipe.json --check",
            "das run my-recipe.json --fresh",
            "das run vilt/shapes --json > result.json") { recipe, set, fresh, check };
        verb.SetAction(async parsed =>
        {
            var loaded = context.Recipes.Load(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
            if (parsed.GetValue(check)) return await PlanDisplay.PlanAndShowAsync(context, loaded, parsed.GetValue(fresh));
            await context.RefuseFlawedAsync(loaded);
            await context.TellOfHomeAsync();
            var id = await context.Host.StartAsync(loaded.ToCanonicalJson(), loaded.Name, parsed.GetValue(fresh));
            return await RunFollower.FollowAndShowAsync(context, id);
        });
        return verb;
    }

    private static Verb Retry(CliContext context)
    {
        var run = Inputs.Run();
        var verb = new Verb("retry", "Go on with a failed, cancelled or interrupted run from the stage where it ended", "das retry last",
            "das retry 3f2a9c01") { run };
        verb.SetAction(async parsed =>
        {
            var found = await RunSelector.FindAsync(context.Host, parsed.GetRequiredValue(run));
            if (found.Status == RunStatus.Completed)
                throw new DasException(ErrorKind.Usage,
                    $"Run {RunDisplay.ShortId(found.Id)} is complete; there is nothing to retry. To compute it anew: das run "
                    + $"{found.Name} --fresh.");
            await context.Host.RetryAsync(found.Id);
            return await RunFollower.FollowAndShowAsync(context, found.Id);
        });
        return verb;
    }

    private static Verb Cancel(CliContext context)
    {
        var run = Inputs.Run();
        var verb = new Verb("cancel", "Stop a run within one optimizer step; what is done so far is kept", "das cancel last") { run };
        verb.SetAction(async parsed =>
        {
            var found = await RunSelector.FindAsync(context.Host, parsed.GetRequiredValue(run));
            if (found.Status is not (RunStatus.Running or RunStatus.Queued))
                throw new DasException(ErrorKind.Usage,
                    $"Run {RunDisplay.ShortId(found.Id)} has already ended ({found.Status.ToString().ToLowerInvariant()}).");
            await context.Host.CancelAsync(found.Id);
            context.Terminal.Result(new { found.Id, cancelling = true }, console => console.WriteLine($"Cancelling {RunDisplay.ShortId(found.Id)}."));
            return ExitCodes.Ok;
        });
        return verb;
    }
}
