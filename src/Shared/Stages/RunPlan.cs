using Das.Recipes;

namespace Das.Stages;

/// <summary>What a run of a recipe would do, and what keeps it from doing it.</summary>
/// <param name="Flaws">At the recipe's keys; none if a run can be started.</param>
/// <param name="Stages">In the pipeline's order.</param>
/// <param name="Notes">What is worth knowing before: how much data there is, how much of it is left out.</param>
public sealed record RunPlan(IReadOnlyList<Flaw> Flaws, IReadOnlyList<StagePlan> Stages, IReadOnlyList<string> Notes);

/// <summary>A stage of a plan.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Reused">An earlier run's result will be taken.</param>
/// <param name="Seconds">How long it takes.</param>
/// <param name="MemoryBytes">What it needs of the machine's memory.</param>
/// <param name="DiskBytes">What it writes below <c>DAS_HOME</c>.</param>
public sealed record StagePlan(string Stage, bool Reused, Estimate Seconds, Estimate MemoryBytes, Estimate DiskBytes);

/// <summary>An estimate with its origin.</summary>
/// <param name="Value">Null where nothing is known that it could be computed from.</param>
/// <param name="Origin">How it was estimated: <c>measured in run 3f2a9c01</c>; or why it is unknown.</param>
public sealed record Estimate(double? Value, string Origin)
{
    public static Estimate Unknown(string why) => new(null, why);
}

/// <summary>Looks at a recipe before a run of it exists: the one check behind the command line, the form and the API.</summary>
public interface IRunChecks
{
    /// <summary>What keeps a run from being started, as far as that can be seen in a moment: paths, layers, strategy, the model's size.</summary>
    Task<IReadOnlyList<Flaw>> FlawsAsync(Recipe recipe, CancellationToken cancellation = default);

    /// <summary>The same, and what a run would do; the raw questions and answers are read, and the weights' digests computed.</summary>
    /// <param name="recipe">Valid by itself.</param>
    /// <param name="fresh">Nothing is to be reused.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<RunPlan> PlanAsync(Recipe recipe, bool fresh, CancellationToken cancellation = default);
}
