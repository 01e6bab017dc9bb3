using Das.Reports.Paired;
using Das.Reports.Plots;
using Das.Reports.Tables;

namespace Das.Reports.SideBySide;

/// <summary>Puts runs side by side.</summary>
public sealed class RunComparisons(ArtifactStore store, EvaluationComparison pairs)
{
    public const int Fewest = 2, Most = 20;

    private const string OneByOne =
        "Each p-value speaks for its own pair of runs and metric and is not corrected for the others on this page: of twenty, one falls below 0.05 by chance.";

    /// <summary>The settings, scores and costs of <paramref name="selected"/>, with tests against the base run (the first by default).</summary>
    /// <exception cref="DasException">The base run is not among them.</exception>
    public RunComparison Compare(IReadOnlyList<EvaluatedRun> selected, Guid? baseRun, CancellationToken cancellation)
    {
        EvaluatedRun against = baseRun is null ? selected[0] : selected.FirstOrDefault(run => run.Id == baseRun)
            ?? throw new DasException(ErrorKind.Usage, $"The base run {baseRun:N} is not among the runs compared.");
        RunScores[] scores = [.. selected.Select(run => RunScores.Of(run.Metrics))];
        List<ComparedMetric> measured = [.. Metrics(selected, against, scores, of => of.Measured, (run, score) => score.Low is null ? null
            : pairs.Compare(against, run, score.Name, cancellation))];
        PairedComparison[] tests = [.. measured.SelectMany(metric => metric.Values).Select(value => value?.Paired).OfType<PairedComparison>()];
        return new(against.Id, [.. selected.Select((run, i) => new ComparedSide(Letter(i), run))], [.. Settings(selected)], measured,
            [.. Metrics(selected, against, scores, of => of.Baselines)], [.. Metrics(selected, against, scores, of => of.Costs)],
            [.. tests.Count(test => test.PValue is not null) > 1 ? [OneByOne] : Array.Empty<string>(), .. tests.Select(test => test.Why).OfType<string>()
                .Distinct()]);
    }

    /// <summary>The same runs in the form of the paper's tables.</summary>
    /// <exception cref="DasException">A result is gone.</exception>
    /// <exception cref="DasException">They do not fit into one table.</exception>
    public Comparison PaperTable(IEnumerable<EvaluatedRun> selected) => Comparison.Of(selected.Select(run => run.WithReport(store)));

    /// <summary>The runs that have their cost and <paramref name="metric"/>, labelled by their letters.</summary>
    public static IReadOnlyList<ScorePoint> Points(RunComparison comparison, string metric)
    {
        ComparedValue?[] values = [.. comparison.Scores.FirstOrDefault(score => score.Name == metric)?.Values ?? []];
        bool oneBackbone = comparison.Runs.Select(side => side.Run.Backbone).Distinct().Count() == 1;
        return [.. from scored in comparison.Runs.Zip(values)
                   let macs = scored.First.Run.Metrics.Named(MetricNames.MacsSkipped)
                   let value = scored.Second
                   where value is not null && macs is not null
                   select new ScorePoint(Series(scored.First.Run, oneBackbone), scored.First.Letter, macs.Mean, value.Value, (value.High - value.Low) / 2)];
    }

    private static IEnumerable<ComparedMetric> Metrics(IReadOnlyList<EvaluatedRun> selected, EvaluatedRun against, RunScores[] scores,
        Func<RunScores, IReadOnlyList<Metric>> kind, Func<EvaluatedRun, Metric, PairedComparison?>? test = null)
    {
        Dictionary<string, Metric>[] named = [.. scores.Select(of => kind(of).ToDictionary(score => score.Name))];
        Dictionary<string, Metric> ofBase = named[selected.Index().First(run => run.Item == against).Index];
        foreach (string name in scores.SelectMany(of => kind(of).Select(score => score.Name)).Distinct())
            yield return new(name, [.. selected.Zip(named, (run, has) => has.TryGetValue(name, out Metric? score)
                ? new ComparedValue(score.Mean, score.Low, score.High, run == against || !ofBase.TryGetValue(name, out Metric? before) ? null
                    : score.Mean - before.Mean, run == against ? null : test?.Invoke(run, score))
                : null)]);
    }

    private static IEnumerable<ComparedSetting> Settings(IReadOnlyList<EvaluatedRun> selected)
    {
        IReadOnlyDictionary<string, JsonNode>[] leaves = [.. selected.Select(run => RecipeLeaves.Of(Parse(run.Recipe)))];
        return leaves.SelectMany(of => of.Keys).Distinct()
            .Select(path => new ComparedSetting(path, [.. leaves.Select(of => of.TryGetValue(path, out JsonNode? value) ? CanonicalJson.Text(value) : null)]));
    }

    private static JsonNode? Parse(string recipe)
    {
        try { return JsonNode.Parse(recipe); }
        catch (JsonException) { return null; }
    }

    private static string Series(EvaluatedRun run, bool oneBackbone)
    {
        try { return ComparisonPlot.SeriesOf(Method.Of(Recipe.Parse(run.Recipe)), oneBackbone); }
        catch (DasException) { return run.Backbone; }
    }

    private static string Letter(int number) => $"{(char)('A' + number)}";
}
