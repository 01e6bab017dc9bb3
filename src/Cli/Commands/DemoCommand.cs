using System.Text;
using Das.Cli.Init;

namespace Das.Cli.Commands;

/// <summary><c>das demo</c>: full adapters against DAS against chance, on generated data: of the recipe that comes with it, or of questions for a decoder of
/// one's own.</summary>
public static class DemoCommand
{
    private const string RecipeName = "vilt/shapes";

    /// <summary>
    /// What a demo of a decoder has instead of what das init chooses: a few steps, and so a higher rate of learning, that of SmolLM2's pilot on
    /// CommonsenseQA in 200 steps.
    /// </summary>
    private static readonly string[] few =
    [
        "search.epochs=1", "search.warmupEpochs=0.5", "search.every=2", "search.rewardBatch=8", "search.optimization.learningRate=0.003",
        "finetune.epochs=1", "finetune.optimization.learningRate=0.003", "evaluate.timingRounds=3",
    ];

    private static readonly string[] columns = ["run", "skipped", "accuracy", "updated parameters", "MACs", "ms/sample"];

    private sealed record Variant(string Title, RunView Run);

    public static Verb Create(CliContext context)
    {
        var set = Inputs.Set();
        var fresh = Inputs.Fresh();
        var model = new Option<string?>("--model")
        {
            Description = "A decoder of your own, which is taught made questions: a GGUF file, a folder, or hf:ORG/NAME", HelpName = "path",
        };
        var verb = new Verb("demo", "The whole pipeline on generated data: full adapters, DAS and random skipping compared",
            "das demo", "das demo --fresh", "das demo --set search.skip=3", "das demo --model hf:HuggingFaceTB/SmolLM2-135M-Instruct") { model, set, fresh };
        verb.SetAction(async parsed =>
        {
            string[] sets = parsed.GetValue(set) ?? [];
            return await RunAsync(context, parsed.GetValue(model) is { } path ? await OfDecoderAsync(context, path, sets)
                : context.Recipes.Load(RecipeName, sets), parsed.GetValue(fresh));
        });
        return verb;
    }

    /// <summary>A recipe that teaches a decoder a few steps of <see cref="WordQuestions"/>.</summary>
    /// <exception cref="DasException">The model cannot be found or used, or is no decoder of texts.</exception>
    private static async Task<Recipe> OfDecoderAsync(CliContext context, string path, string[] sets)
    {
        HubDownloads hub = new(context);
        string weights = (await hub.BroughtAsync(path))!, data = Path.Combine(CliContext.Home, "demo", "words");
        return await Task.Run(() =>
        {
            LookedModel model = LookedModel.At(weights, null, null, null) with { Named = hub.Named };
            if (!model.Decodes) throw new DasException(ErrorKind.Usage, $"'{path}' is a {model.Recipe.Name}, which answers questions about pictures: the demo "
                + "of a model is for decoders of texts. das demo alone shows a ViLT.");
            WordQuestions.Write(data);
            string text = new FittedRecipe(LookedData.In(data, decodes: true, context.Interrupted), model).ToText("demo/words", data);
            return RecipeFile.Parse(text, "demo", [.. few, .. sets]);
        }, context.Interrupted);
    }

    private static async Task<int> RunAsync(CliContext context, Recipe recipe, bool fresh)
    {
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
        string report = WriteReport(recipe.Name, done);
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

    private static string WriteReport(string recipe, IReadOnlyList<Variant> variants)
    {
        var text = new StringBuilder("# das demo\n\n")
            .AppendLine(CultureInfo.InvariantCulture, $"Recipe `{recipe}`; accuracy with its 95 % interval; cost per sample of the model as evaluated.\n")
            .Append(Table(variants).Markdown());
        text.AppendLine();
        foreach (var variant in variants)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {variant.Title}: run `{RunDisplay.ShortId(variant.Run.Id)}`, {variant.Run.Report}");
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(CliContext.Home, "demo")).FullName, "report.md");
        File.WriteAllText(path, text.ToString());
        return path;
    }
}
