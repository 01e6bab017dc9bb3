using Das.Stages;

namespace Das.Cli.Display;

/// <summary>Prints what a run would do, and what keeps it from being started.</summary>
public static class PlanDisplay
{
    /// <returns>2 where the recipe has flaws.</returns>
    public static async Task<int> PlanAndShowAsync(CliContext context, Recipe recipe, bool fresh)
    {
        RunPlan plan = await context.Host.PlanAsync(recipe, fresh, context.Interrupted);
        context.Terminal.Result(plan, console => Print(console, recipe, plan));
        return plan.Flaws.Count == 0 ? ExitCodes.Ok : ExitCodes.Usage;
    }

    private static void Print(IAnsiConsole console, Recipe recipe, RunPlan plan)
    {
        Table table = RunDisplay.Table("stage", "what happens", "time", "memory", "disk");
        List<string> origins = [];
        foreach (StagePlan stage in plan.Stages)
            table.AddRow(stage.Stage, stage.Reused ? "reused" : "computed",
                Cell(stage, stage.Seconds, seconds => Units.Duration(TimeSpan.FromSeconds(seconds))),
                Cell(stage, stage.MemoryBytes, Units.Bytes), Cell(stage, stage.DiskBytes, Units.Bytes));
        console.Write(table);
        foreach (var (origin, number) in origins.Select((origin, index) => (origin, index + 1))) console.WriteLine($"  {number}  {origin}");
        foreach (string note in plan.Notes) console.WriteLine(note);
        if (plan.Flaws.Count == 0) console.WriteLine($"{recipe.Name} can be run.");
        else console.MarkupLine($"[red]{Markup.Escape(recipe.Name)} cannot be run:[/]");
        foreach (Flaw flaw in plan.Flaws) console.MarkupLine($"[red]  {Markup.Escape(flaw.Sentence)}[/]");

        string Cell(StagePlan stage, Estimate estimate, Func<double, string> words)
        {
            if (stage.Reused) return "";
            if (!origins.Contains(estimate.Origin)) origins.Add(estimate.Origin);
            return $"{(estimate.Value is { } value ? words(value) : "unknown")} ({origins.IndexOf(estimate.Origin) + 1})";
        }
    }
}
