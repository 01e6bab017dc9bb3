namespace Das.Cli.Display;

/// <summary>Prints runs for a person.</summary>
public static class RunDisplay
{
    /// <summary>The short id that lists show; any unique beginning of an id names a run.</summary>
    public static string ShortId(Guid id) => RunIds.Short(id);

    /// <summary>One line per run.</summary>
    public static void List(IAnsiConsole console, IReadOnlyList<RunView> runs)
    {
        if (runs.Count == 0)
        {
            console.WriteLine("No runs yet. Start one: das demo, or das run vilt/shapes.");
            return;
        }
        var table = Table("run", "name", "status", "started", "took", "skipped", "score");
        foreach (var run in runs)
            table.AddRow(ShortId(run.Id), Markup.Escape(run.Name), Coloured(run.Status), When(run.Started), Took(run.Started, run.Ended),
                Markup.Escape(Layers(run.SkipModule)), Score(run.Metrics));
        console.Write(table);
    }

    /// <summary>Everything about one run.</summary>
    public static void Show(IAnsiConsole console, RunView run)
    {
        console.MarkupLine($"[bold]{Markup.Escape(run.Name)}[/]  {ShortId(run.Id)}  {Coloured(run.Status)}  {When(run.Started)}  "
            + $"{Took(run.Started, run.Ended)}");
        if (run.Stages.Count > 0)
        {
            var stages = Table("stage", "status", "took", "result");
            foreach (var stage in run.Stages)
                stages.AddRow(stage.Stage, Coloured(stage.Status) + (stage.Reused ? " (reused)" : ""), Took(stage.Started, stage.Ended),
                    Markup.Escape(stage.Result ?? ""));
            console.Write(stages);
            foreach (var stage in run.Stages.Where(stage => stage.Missing is not null))
                console.WriteLine($"{stage.Stage}: not used, or not whole: {stage.Missing}");
            foreach (var stage in run.Stages.Where(stage => stage.Making is not null))
                console.WriteLine($"{stage.Stage}: made by {stage.Making!.Words}");
        }
        if (run.SkipModule is not null) console.WriteLine($"skip_module  {Layers(run.SkipModule)}");
        if (run.Precision is not null) console.WriteLine($"precision  {run.Precision}");
        if (run.Metrics.Count > 0)
        {
            var metrics = Table("metric", "value", "95 % interval");
            foreach (var metric in run.Metrics.OrderBy(metric => metric.Name, StringComparer.Ordinal))
                metrics.AddRow(Markup.Escape(metric.Name), Number(metric.Mean),
                    Markup.Escape(metric is { Low: { } low, High: { } high } ? $"[{Number(low)}, {Number(high)}]" : ""));
            console.Write(metrics);
        }
        if (run.Report is not null) console.WriteLine($"report  {run.Report}");
        if (run.Error is not null) console.MarkupLine($"[red]{Markup.Escape(run.Error)}[/]");
        if (run.Status is RunStatus.Failed or RunStatus.Cancelled && run.RetryHelps)
            console.WriteLine($"Go on from where it ended: das retry {ShortId(run.Id)}");
    }

    /// <summary>A table in the style of all our tables.</summary>
    public static Table Table(params string[] columns) => new Table().Border(TableBorder.Rounded).AddColumns(columns);

    /// <summary>A table of the control plane's in that style.</summary>
    public static Table Table(TextTable text)
    {
        var table = Table([.. text.Columns.Select(Markup.Escape)]);
        foreach (var column in table.Columns.Skip(text.Words)) column.Alignment = Justify.Right;
        foreach (var row in text.Rows) table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }

    /// <summary><c>[3, 7]</c>, as published.</summary>
    public static string Layers(int[]? layers) => layers is null ? "" : $"[{string.Join(", ", layers)}]";

    /// <summary>What the run's task is judged by: <c>71.2 % ± 1.3</c>, or recall at 1 of either way; intervals at 95 %.</summary>
    public static string Score(IReadOnlyList<Metric> metrics)
    {
        string[] known =
        [
            .. from measure in new[] { ("", MetricNames.Accuracy), ("IR@1 ", MetricNames.IrRecall1), ("TR@1 ", MetricNames.TrRecall1) }
               let metric = metrics.Named(measure.Item2)
               where metric is not null
               select measure.Item1 + Share(metric),
        ];
        return known.Length > 0 ? string.Join(", ", known) : RunScores.Of(metrics).Key is { } key ? $"{key.Name} {Share(key)}" : "";
    }

    private static string Share(Metric metric)
    {
        string share = string.Create(CultureInfo.InvariantCulture, $"{100 * metric.Mean:0.0} %");
        return metric is { Low: { } low, High: { } high } ? string.Create(CultureInfo.InvariantCulture, $"{share} ± {50 * (high - low):0.0}") : share;
    }

    /// <summary>1.23 M, 4.5 G: three digits and a unit.</summary>
    public static string Number(double value)
    {
        (double scale, string unit) = Math.Abs(value) switch { >= 1e12 => (1e12, " T"), >= 1e9 => (1e9, " G"), >= 1e6 => (1e6, " M"), >= 1e4 => (1e3, " k"),
            _ => (1, "") };
        return (value / scale).ToString(scale == 1 ? "0.####" : "0.##", CultureInfo.InvariantCulture) + unit;
    }

    private static string When(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Took(DateTimeOffset? started, DateTimeOffset? ended) =>
        started is { } from && ended is { } to ? (to - from)
            .ToString(to - from < TimeSpan.FromDays(1) ? @"hh\:mm\:ss" : @"d\.hh\:mm\:ss", CultureInfo.InvariantCulture) : "";

    private static string Coloured(RunStatus status) => $"[{status switch
    {
        RunStatus.Completed => "green",
        RunStatus.Failed => "red",
        RunStatus.Cancelled => "yellow",
        RunStatus.Running => "blue",
        _ => "grey",
    }}]{status.ToString().ToLowerInvariant()}[/]";
}
