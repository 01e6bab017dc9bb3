namespace Das.Cli.Suites;

/// <summary>Starts all runs of a suite, waits for them and fetches their reports.</summary>
public sealed class SuiteRunner(SuiteServer server, CliContext context, string output)
{
    /// <summary>Ctrl-C cancels what is under way and goes on waiting for its end.</summary>
    /// <param name="suite">What to run.</param>
    /// <param name="least">Thresholds of every run, beside its own.</param>
    /// <param name="fresh">Compute every stage anew.</param>
    public async Task<SuiteOutcome> RunAsync(Suite suite, IReadOnlyDictionary<string, double> least, bool fresh)
    {
        var started = new List<(SuiteRun Run, Guid Id)>();
        try
        {
            foreach (var run in suite.Runs)
            {
                context.Interrupted.ThrowIfCancellationRequested();
                started.Add((run, await server.StartAsync(run, suite.Name, fresh)));
            }
        }
        catch
        {
            if (started.Count > 0) await CancelAsync(started, "Not every run of the suite could be started; those that were are cancelled.");
            throw;
        }
        await using var interrupted = context.Interrupted.Register(() =>
            _ = CancelAsync(started, "Cancelling the suite's runs; what is done so far is kept. Ctrl-C again quits at once."));
        var ended = await new ProgressDisplay(context.Terminal, TimeProvider.System).ShowAsync(report =>
            Task.WhenAll(started.Select(run => server.WaitAsync(run.Id, view => report(Progress(run.Run.Title, view)), CancellationToken.None))));
        Directory.CreateDirectory(output);
        var outcomes = new List<SuiteRunOutcome>();
        foreach (var ((run, id), view) in started.Zip(ended)) outcomes.Add(new(run.Title, view, Check(run, least, view), await SaveAsync(run, id, view)));
        return new(suite.Name, outcomes);
    }

    private async Task CancelAsync(IEnumerable<(SuiteRun Run, Guid Id)> runs, string why)
    {
        context.Terminal.Note(why);
        foreach (var (_, id) in runs)
        {
            try { await server.CancelAsync(id); }
            catch (Exception refused) { context.Terminal.Fail($"{RunDisplay.ShortId(id)} could not be cancelled: {refused.Message}"); }
        }
    }

    private static SuiteCheck[] Check(SuiteRun run, IReadOnlyDictionary<string, double> least, View view) =>
    [
        .. run.Thresholds.Concat(least).GroupBy(threshold => threshold.Key, threshold => threshold.Value)
            .Select(metric => new SuiteCheck(metric.Key, metric.Max(), view.Flat.TryGetValue(metric.Key, out double value) ? value : null)),
    ];

    /// <summary>A report that cannot be fetched is told and leaves the suite's outcome as it is.</summary>
    private async Task<string?> SaveAsync(SuiteRun run, Guid id, View view)
    {
        if (!view.Succeeded) return null;
        byte[] report;
        try { report = await server.ReportAsync(id, CancellationToken.None); }
        catch (DasException refused)
        {
            context.Terminal.Fail($"The report of {run.Title}, {view.ShortId}, could not be fetched: {refused.Message}");
            return null;
        }
        string name = string.Concat(run.Title.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        string path = Path.Combine(output, $"{name}-{view.ShortId}.json");
        await File.WriteAllBytesAsync(path, report);
        return path;
    }

    private static ProgressView Progress(string title, View run)
    {
        return run.Progress is { } progress && run.Running.Contains(progress.Stage)
            ? new(title, run.State, progress.Done, progress.Total, $"{progress.Stage} {progress.Note}")
            : new(title, run.State, 0, 0, run.Ended ? RunDisplay.Score(run.Metrics) : string.Join(", ", run.Running));
    }
}
