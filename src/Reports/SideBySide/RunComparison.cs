using Das.Reports.Paired;

namespace Das.Reports.SideBySide;

/// <summary>Runs side by side. Every list within has one entry a run, in the order of <see cref="Runs"/>.</summary>
/// <param name="Base">The run that the others are compared with.</param>
/// <param name="Runs">At least two.</param>
/// <param name="Settings">Every value of the recipes, by path.</param>
/// <param name="Scores">What the tasks are judged by, the telling one first.</param>
/// <param name="Baselines">What scores without a model reach.</param>
/// <param name="Costs">Parameters, multiply-accumulates of one sample, milliseconds.</param>
/// <param name="Notes">What a reader must know, as sentences: why there is no paired test, what p-values do not say.</param>
public sealed record RunComparison(
    Guid Base, IReadOnlyList<ComparedSide> Runs, IReadOnlyList<ComparedSetting> Settings,
    IReadOnlyList<ComparedMetric> Scores, IReadOnlyList<ComparedMetric> Baselines, IReadOnlyList<ComparedMetric> Costs, IReadOnlyList<string> Notes);

/// <summary>A run in a comparison.</summary>
/// <param name="Letter">Names it in plots and tables: A, B, ….</param>
/// <param name="Run">The run.</param>
public sealed record ComparedSide(string Letter, EvaluatedRun Run);

/// <summary>A value of the recipes.</summary>
/// <param name="Path">Dotted: <c>search.skip</c>.</param>
/// <param name="Values">As JSON; null where a recipe has no such value.</param>
public sealed record ComparedSetting(string Path, IReadOnlyList<string?> Values)
{
    public bool Differs => Values.Distinct().Count() > 1;
}

/// <summary>A number of the runs.</summary>
public sealed record ComparedMetric(string Name, IReadOnlyList<ComparedValue?> Values);

/// <summary>A run's number beside the base run's.</summary>
/// <param name="Value">The run's.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Delta">Less the base run's; null for the base run itself.</param>
/// <param name="Paired">Question by question against the base run; null where that was not tried.</param>
public sealed record ComparedValue(double Value, double? Low, double? High, double? Delta, PairedComparison? Paired);
