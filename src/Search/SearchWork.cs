using System.Text.Json;
using Das.Benchmarks.Raw;

namespace Das.Search;

/// <summary>Finds the layers to skip as the recipe's strategy says, and writes its <see cref="SearchResult"/>.</summary>
public static class SearchWork
{
    /// <summary>Name of the fact that carries the chosen layers to the next stage.</summary>
    public const string SkipModule = "skipModule";

    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one micro-step.</param>
    /// <exception cref="ArgumentException">The backbone lacks a layer that is to be skipped, or cannot be searched as the recipe says.</exception>
    public static StageOutcome Run(Recipe recipe, string dataset, StageWorkspace workspace, CancellationToken cancellation)
    {
        int layers = ModelFiles.Sizes(recipe.Backbone).Candidates;
        if (Flaws(recipe.Search, layers).FirstOrDefault() is { } flaw) throw new DasException(ErrorKind.Recipe, flaw.Sentence);
        LeftOutRows left = [];
        SearchResult result = recipe.Search switch
        {
            { Strategy: "fixed" } => Chosen(recipe, layers, SkipMask.Of(recipe.Search.SkipModule)),
            { Skip: 0 } => Chosen(recipe, layers, SkipMask.Empty),
            { Strategy: "random" } => Chosen(recipe, layers, Random(recipe, layers)),
            _ => Learn(recipe, layers, dataset, workspace, left, cancellation),
        };
        ResultFiles.Write(workspace.File(ResultFiles.Search), result);
        return new([ResultFiles.Search], new() { [SkipModule] = JsonSerializer.SerializeToNode(result.SkipModule) }) { LeftOut = left };
    }

    /// <summary>What of a search a backbone cannot do.</summary>
    /// <param name="search">The recipe's section.</param>
    /// <param name="layers">N, the backbone's candidate layers.</param>
    public static IEnumerable<Flaw> Flaws(SearchRecipe search, int layers) => search switch
    {
        { Strategy: "fixed", SkipModule: [], Skip: > 0 } =>
            [new("search.skipModule", "is empty, but search.strategy is 'fixed': list the layers to skip, or set search.skip to 0 to keep all")],
        { Strategy: "fixed" } => [.. search.SkipModule.Where(layer => layer >= layers).Take(1).Select(beyond =>
            new Flaw("search.skipModule", $"names layer {beyond}, but the backbone's candidate layers are 0 to {layers - 1}"))],
        { Skip: 0 } => [],
        { Strategy: "random" } => search.Skip <= layers ? []
            : [new("search.skip", $"is {search.Skip}, but the backbone has {layers} candidate layers")],
        _ => SkipPolicy.Flaws(layers, search.Skip, search.Candidates),
    };

    private static SearchResult Chosen(Recipe recipe, int layers, SkipMask choice) => new(layers, recipe.Search.Strategy, recipe.Seed, [.. choice]);

    private static SkipMask Random(Recipe recipe, int layers)
    {
        float[] uniform = [.. Enumerable.Repeat(1f, layers)];
        return SkipMask.Of(Seeds.Random(recipe.Seed, "search/random-choice", 0).DrawWithoutReplacement(uniform, recipe.Search.Skip));
    }

    private static SearchResult Learn(Recipe recipe, int layers, string dataset, StageWorkspace workspace, LeftOutRows left,
        CancellationToken cancellation)
    {
        SearchRecipe search = recipe.Search;
        SkipPolicy policy = new(layers, search.Skip, search.Candidates, search.StepSize, search.RewardScale);
        using TaskTraining training = new(TaskContext.In(workspace, recipe, dataset, cancellation), search.Optimization, search.Epochs, removed: null);
        using RewardStream rewards = new(training, search.RewardBatch, recipe.Seed);

        UpdateSchedule updates = UpdateSchedule.Of(search, training.MicroStepsPerEpoch);
        if (updates.TooLate(training.Plan) is { } reason) throw new DasException(ErrorKind.Recipe, reason);
        ArchitectureSearch architecture = new(training.Model, policy, updates, recipe.Seed, training.Loss, rewards.Loss);
        IReadOnlyList<float> losses = training.Run(architecture, workspace.File(ResultFiles.State),
            (done, total, loss) => workspace.Report(done, total, $"loss {loss:0.000} · leads {policy.Choice()}{training.LeftOut.Note}",
                () => training.Curves(done, loss), () => new() { [CurveNames.Preference] = [.. policy.Preferences] }), cancellation);

        left.Add(training.LeftOut);
        return Chosen(recipe, layers, policy.Choice()) with
        {
            Preferences = policy.Preferences, PreferencesOverTime = architecture.History, Losses = losses,
        };
    }
}
