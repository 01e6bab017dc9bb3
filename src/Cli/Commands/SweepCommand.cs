using Das.Cli.Compare;

namespace Das.Cli.Commands;

/// <summary><c>das sweep</c>: the runs of one of the paper's tables, one after the other.</summary>
public static class SweepCommand
{
    private sealed record Made(string Title, RunView Run);

    public static Verb Create(CliContext context)
    {
        var recipe = Inputs.Recipe();
        var set = Inputs.Set();
        var fresh = Inputs.Fresh();
        var skip = new Option<string>("--skip") { Description = "Numbers of layers to skip; 0 keeps all", HelpName = "k,k,…", Required = true };
        var strategies = new Option<string>("--strategies") { Description = $"How the layers are chosen: {string.Join(", ", SweepPlan.Strategies)}",
            HelpName = "name,name", DefaultValueFactory = _ => "das" };
        var seeds = new Option<string>("--seeds") { Description = "How many seeds, from 0", HelpName = "n", DefaultValueFactory = _ => "1" };
        var verb = new Verb("sweep", "Run a recipe with several numbers of skipped layers, strategies and seeds, and compare them",
            "das sweep vilt/shapes --skip 0,1,2,4 --seeds 3",
            "das sweep vilt/shapes --skip 0,2 --strategies das,random --seeds 5 --set finetune.epochs=1") { recipe, set, fresh, skip, strategies, seeds };
        verb.SetAction(parsed =>
        {
            var loaded = context.Recipes.Load(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
            var plan = SweepPlan.Of(loaded, parsed.GetRequiredValue(skip), parsed.GetRequiredValue(strategies), parsed.GetRequiredValue(seeds));
            return RunAsync(context, plan, parsed.GetValue(fresh));
        });
        return verb;
    }

    private static async Task<int> RunAsync(CliContext context, IReadOnlyList<Recipe> plan, bool fresh)
    {
        await context.RefuseFlawedAsync(plan);
        var made = new List<Made>();
        foreach (var recipe in plan)
        {
            if (context.Interrupted.IsCancellationRequested) break;
            string title = $"{Method.Of(recipe).Title}, seed {recipe.Seed}";
            context.Terminal.Note($"{made.Count + 1}/{plan.Count}  {title}");
            var id = await context.Host.StartAsync(recipe.ToCanonicalJson(), $"{recipe.Name}: {title}", fresh);
            made.Add(new(title, await RunFollower.FollowAsync(context, id)));
        }
        return Show(context, plan.Count, made);
    }

    private static int Show(CliContext context, int planned, List<Made> made)
    {
        RunView[] complete = [.. made.Select(run => run.Run).Where(run => run.Status == RunStatus.Completed)];
        var comparison = complete.Length == 0 ? null : Comparison.Of(complete.Select(run => run.Evaluated.WithReport(CliContext.Store)));
        var runs = made.Select(run => new { run.Run.Id, run.Title, run.Run.Status, run.Run.Error });
        context.Terminal.Result(new { runs, comparison?.Columns, rows = comparison?.Rows ?? [], notes = comparison?.Notes ?? [] }, console =>
        {
            if (comparison is null) return;
            PrintedComparison.Print(context.Terminal, comparison, PrintedComparison.Text);
            context.Terminal.Output.WriteLine($"Again, as LaTeX or drawn: das compare {string.Join(' ', complete.Select(run => RunDisplay.ShortId(run.Id)))}");
        });
        bool interrupted = context.Interrupted.IsCancellationRequested;
        foreach (var (title, run) in made.Where(run => run.Run.Status != RunStatus.Completed))
            context.Terminal.Fail($"{RunDisplay.ShortId(run.Id)} ({title}) {(run.Status == RunStatus.Failed ? $"failed: {run.Error}" : "was cancelled.")} Go "
                + $"on with it: das retry {RunDisplay.ShortId(run.Id)}");
        if (complete.Length < planned) context.Terminal.Fail($"{complete.Length} of {planned} runs are complete{(interrupted ? "; cancelled" : "")}.");
        return interrupted ? ExitCodes.Cancelled : complete.Length < planned ? ExitCodes.Failed : ExitCodes.Ok;
    }
}
