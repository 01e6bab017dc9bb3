namespace Das.Reports.Tables;

/// <summary>A measure on a benchmark.</summary>
/// <param name="Title">The measure's, with the benchmark's name where several benchmarks have that measure.</param>
/// <param name="Measure">The paper's word for the measure.</param>
/// <param name="Benchmark">Its name in the recipe.</param>
public sealed record ScoreColumn(string Title, string Measure, string Benchmark);

/// <summary>A score as a share of 1.</summary>
/// <param name="Mean">Over the seeds.</param>
/// <param name="Spread">Of one run, half its 95 % interval; of several, their standard deviation (n - 1). Null if unknown.</param>
/// <param name="Seeds">n.</param>
public sealed record Score(double Mean, double? Spread, int Seeds);

/// <summary>One method on every benchmark.</summary>
/// <param name="Method">Which.</param>
/// <param name="Runs">Every run that went into it.</param>
/// <param name="UpdatedParameters">Mean over benchmarks and seeds; null if unknown.</param>
/// <param name="Macs">Of one sample in the model as evaluated, likewise.</param>
/// <param name="AdditionalMacs">The same less those of the baseline; negative is cheaper.</param>
/// <param name="Scores">One a column; null where there is no such run.</param>
public sealed record ComparisonRow(Method Method, IReadOnlyList<Guid> Runs, double? UpdatedParameters, double? Macs, double? AdditionalMacs,
    IReadOnlyList<Score?> Scores)
{
    /// <summary>Over the scores there are.</summary>
    public double? Average => Scores.Average(score => score?.Mean);

    /// <summary>The average's spread if the scores vary independently; null if one is unknown.</summary>
    public double? AverageSpread => Scores.OfType<Score>().ToList() is { Count: > 0 } scores && scores.All(score => score.Spread is not null)
        ? Math.Sqrt(scores.Sum(score => Math.Pow(score.Spread!.Value, 2))) / scores.Count : null;
}

/// <summary>Runs in the form of the paper's tables: a row a method, a column a measure.</summary>
/// <param name="Columns">In the paper's order.</param>
/// <param name="Rows">In the order of the runs.</param>
/// <param name="Notes">What a reader must know beside the table, as sentences.</param>
public sealed record Comparison(IReadOnlyList<ScoreColumn> Columns, IReadOnlyList<ComparisonRow> Rows, IReadOnlyList<string> Notes)
{
    /// <summary>Compares complete runs; seeds of one method on one benchmark are averaged.</summary>
    /// <exception cref="DasException">A run is not complete, or two that would be averaged differ in more than their seed.</exception>
    public static Comparison Of(IEnumerable<EvaluatedRun> evaluated)
    {
        EvaluatedRun[] distinct = [.. evaluated.DistinctBy(run => run.Id)];
        RefuseIncomplete(distinct);
        ComparedRun[] all = [.. distinct.Select(ComparedRun.Of)];
        var cells = all.GroupBy(run => (run.Method, run.Benchmark)).ToDictionary(cell => cell.Key, cell => Seeds([.. cell]));
        ComparedRun[] runs = [.. cells.Values.SelectMany(cell => cell)];

        var columns = ColumnsOf(runs);
        bool againstBackbone = runs.All(run => run.Metric(MetricNames.MacsBackbone) is not null);
        string baseline = againstBackbone ? MetricNames.MacsBackbone : MetricNames.MacsFull;
        var rows = runs.GroupBy(run => run.Method).Select(method => Row(method.Key, [.. method], columns, baseline)).ToList();
        return new([.. columns.Select(column => column.Column)], rows, [.. NotesOf(all.Except(runs), runs, rows, againstBackbone)]);
    }

    private static void RefuseIncomplete(EvaluatedRun[] runs)
    {
        string[] others = [.. runs.Where(run => !run.Complete).Select(run => $"{run.ShortId} ({run.Name}, {run.State.ToString().ToLowerInvariant()})")];
        if (others.Length > 0)
            throw new DasException(ErrorKind.Usage,
                $"Only complete runs can be compared, and these are not: {string.Join(", ", others)}. Leave them out, or finish "
                + "them with das retry.");
    }

    /// <summary>The runs of one method on one benchmark, each seed once.</summary>
    private static ComparedRun[] Seeds(ComparedRun[] cell)
    {
        foreach (var run in cell.Skip(1))
            if (Differences(cell[0].Settings, run.Settings, "").ToList() is { Count: > 0 } keys)
                throw new DasException(ErrorKind.Usage,
                    $"Runs {cell[0].ShortId} and {run.ShortId} are both '{cell[0].Method.Name}' on {run.Benchmark} but differ in "
                    + $"{string.Join(", ", keys.Take(3))}; " +
                    "only runs that differ in nothing but the seed are averaged. Leave one of them out.");
        return [.. cell.DistinctBy(run => run.Recipe.Seed)];
    }

    private static IEnumerable<string> Differences(JsonNode? one, JsonNode? other, string path) => (one, other) switch
    {
        (JsonObject a, JsonObject b) =>
            a.Select(key => key.Key).Union(b.Select(key => key.Key)).SelectMany(key => Differences(a[key], b[key], path.Length == 0 ? key : $"{path}.{key}")),
        _ => JsonNode.DeepEquals(one, other) ? [] : [path],
    };

    /// <summary>The columns in which somebody has a score.</summary>
    private static List<(TaskKind Task, TaskMetric Metric, ScoreColumn Column)> ColumnsOf(ComparedRun[] runs) =>
    [
        .. from task in TaskKinds.All
           from metric in task.Metrics
           where metric.Headline
           let benchmarks = runs.Where(run => run.Task == task && run.Metric(metric.Name) is not null).Select(run => run.Benchmark).Distinct()
               .ToList()
           from benchmark in benchmarks
           select (task, metric, new ScoreColumn(benchmarks.Count == 1 ? metric.Title : $"{metric.Title} {benchmark}", metric.Title, benchmark)),
    ];

    private static ComparisonRow Row(Method method, ComparedRun[] runs, List<(TaskKind Task, TaskMetric Metric, ScoreColumn Column)> columns,
        string baseline) => new(
        method,
        [.. runs.Select(run => run.Run.Id)],
        OverBenchmarks(runs, run => run.Metric(MetricNames.UpdatedParameters)),
        OverBenchmarks(runs, run => run.Metric(MetricNames.MacsSkipped)),
        OverBenchmarks(runs, run => run.Metric(MetricNames.MacsSkipped) - run.Metric(baseline)),
        [.. columns.Select(column => ScoreOf(runs.Where(run => run.Benchmark == column.Column.Benchmark && run.Task == column.Task),
            column.Metric.Name))]);

    private static double? OverBenchmarks(ComparedRun[] runs, Func<ComparedRun, double?> cost) =>
        runs.GroupBy(run => run.Benchmark).Average(benchmark => benchmark.Average(cost));

    private static Score? ScoreOf(IEnumerable<ComparedRun> seeds, string metric)
    {
        ComparedRun[] scored = [.. seeds.Where(run => run.Metric(metric) is not null)];
        if (scored.Length == 0) return null;
        double[] values = [.. scored.Select(run => run.Metric(metric)!.Value)];
        double mean = values.Average();
        return values.Length > 1
            ? new(mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)), values.Length)
            : new(mean, scored[0].Run.Metrics.Named(metric) is var score ? (score!.High - score.Low) / 2 : null, 1);
    }

    private static IEnumerable<string> NotesOf(IEnumerable<ComparedRun> repeated, ComparedRun[] runs, List<ComparisonRow> rows, bool againstBackbone)
    {
        var scores = rows.SelectMany(row => row.Scores).OfType<Score>().Where(score => score.Spread is not null).ToList();
        if (scores.Any(score => score.Seeds == 1)) yield return "± of one run: half its 95 % interval.";
        if (scores.Any(score => score.Seeds > 1)) yield return "± of several seeds: their standard deviation, with their number in brackets.";
        if (rows.Any(row => row.AdditionalMacs is not null))
            yield return againstBackbone
                ? "Additional MACs: against the unskipped backbone without adapters."
                : "Additional MACs: against the unskipped model with its adapters, since not every report counts the backbone alone.";
        if (runs.GroupBy(run => run.Method).Any(method => method.Select(run => run.Benchmark).Distinct().Count() > 1))
            yield return "Parameters and MACs: the mean over a method's benchmarks.";
        if (rows.Any(row => row.Average is not null && row.Scores.Contains(null))) yield return "Average: over the scores that a method has.";
        foreach (var run in repeated) yield return $"Run {run.ShortId} repeats another run's recipe and seed and is not counted.";
    }
}
