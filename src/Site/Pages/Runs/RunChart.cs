using Das.Site.Pages.Charts;

namespace Das.Site.Pages.Runs;

/// <summary>One chart of a run.</summary>
/// <param name="Title">Of its section.</param>
/// <param name="Measure">What its vertical axis shows.</param>
/// <param name="Unit">Its unit; empty for a plain number.</param>
/// <param name="Step">What its horizontal axis counts.</param>
/// <param name="Lines">What it draws.</param>
public sealed record RunChart(string Title, string Measure, string Unit, string Step, IReadOnlyList<ChartLine> Lines)
{
    private const string MicroStep = "micro-step";

    private static readonly Dictionary<string, (string Measure, string Unit)> Known = new()
    {
        [CurveNames.Loss] = ("Loss", ""),
        [CurveNames.LearningRate] = ("Learning rate", ""),
        [CurveNames.Memory] = ("Memory of the process", "GiB"),
        [CurveNames.Cores] = ("Busy cores", ""),
    };

    /// <summary>A chart a stage and curve, the training's before those of what it took.</summary>
    public static IReadOnlyList<RunChart> Of(IReadOnlyList<Curve> curves) =>
    [
        .. from curve in curves
           where curve.Points.Count > 1
           let known = Known.TryGetValue(curve.Name, out var told) ? told : (Measure: Figures.Words(curve.Name), Unit: "")
           orderby Rank(curve.Name)
           select new RunChart($"{Stage(curve.Stage)}: {known.Measure.ToLowerInvariant()}", known.Measure, known.Unit,
               StageStep.StageOf(curve.Stage) is PipelineStages.Search or PipelineStages.Finetune ? MicroStep : "unit done",
                   [new(known.Measure, curve.Points)]),
    ];

    private static int Rank(string name) => Known.Keys.TakeWhile(known => known != name).Count();

    private static string Stage(string stage) => $"{char.ToUpperInvariant(stage[0])}{stage[1..]}";
}
