using System.Text;

namespace Das.Cli.Commands;

/// <summary><c>das demo</c>: full adapters against DAS against chance, on generated data.</summary>
public static class DemoCommand
{
    private const string RecipeName = "vilt/shapes";
    private static readonly string[] columns = ["run", "skipped", "accuracy", "updated parameters", "MACs", "ms/sample"];

    private sealed record Variant(string Title, RunView Run);

    public static Verb Create(CliContext context)
    {
        var set = Inputs.Set();
        var fresh = Inputs.Fresh();
        var verb = new Verb("demo", "The whole pipeline on generated data: full adapters, DAS and random skipping compared",
            "das demo", "das demo --fresh", "das demo --set search.skip=3") { set, fresh };
        verb.SetAction(parsed => RunAsync(context, parsed.GetValue(set) ?? [], parsed.GetValue(fresh)));
        return verb;
    }

    private static async Task<int> RunAsync(CliContext context, string[] sets, bool fresh)
    {
        var recipe = context.Recipes.Load(RecipeName, sets);
        var done = new List<Variant>();
        await context.RefuseFlawedAsync(recipe);
        foreach (var (title, variant) in Variants(recipe))
        {
            context.Terminal.Note(title);
            var id = await context.Host.StartAsync(variant.ToCanonicalJson(), $"demo: {title}", fresh);
            var run = await RunFollower.FollowAsync(context, id);
            if (run.Status != RunStatus.Completed) return Ended(context, run);
            done.Add(new(title, run));
        }
        string report = WriteReport(done);
        context.Terminal.Result(new { report, runs = done }, console =>
        {
            console.Write(RunDisplay.Table(Table(done)));
            console.WriteLine($"Report: {report}");
        });
        return ExitCodes.Ok;
    }

    private static IEnumerable<(string Title, Recipe Recipe)> Variants(Recipe recipe) =>
        new[] { ("das", 0), ("das", recipe.Search.Skip), ("random", recipe.Search.Skip) }
            .Select(choice => Method.Apply(recipe, choice.Item1, choice.Item2))
            .Select(variant => (Method.Of(variant).Title, variant))
            .DistinctBy(variant => variant.Title);

    private static int Ended(CliContext context, RunView run)
    {
        context.Terminal.Result(run, console => RunDisplay.Show(console, run));
        return ExitCodes.Of(run.Status);
    }

    private static TextTable Table(IEnumerable<Variant> variants) => new(columns,
    [
        .. variants.Select(variant => new[]
        {
            variant.Title,
            RunDisplay.Layers(variant.Run.SkipModule),
            RunDisplay.Score(variant.Run.Metrics),
            Value(variant.Run, MetricNames.UpdatedParameters),
            Value(variant.Run, MetricNames.MacsSkipped),
            Value(variant.Run, MetricNames.MillisecondsSkipped),
        }),
    ], Words: 2);

    private static string Value(RunView run, string metric) => run.Metrics.Named(metric) is { } known ? RunDisplay.Number(known.Mean) : "";

    private static string WriteReport(IReadOnlyList<Variant> variants)
    {
        var text = new StringBuilder("# das demo\n\n")
            .AppendLine(CultureInfo.InvariantCulture, $"Recipe `{RecipeName}`; accuracy with its 95 % interval; cost per sample of the model as evaluated.\n")
            .Append(Table(variants).Markdown());
        text.AppendLine();
        foreach (var variant in variants)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {variant.Title}: run `{RunDisplay.ShortId(variant.Run.Id)}`, {variant.Run.Report}");
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(CliContext.Home, "demo")).FullName, "report.md");
        File.WriteAllText(path, text.ToString());
        return path;
    }
}
