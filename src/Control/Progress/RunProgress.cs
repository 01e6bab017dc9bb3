using System.Collections.Concurrent;
using Das.Control.Curves;
using MassTransit;

namespace Das.Control.Progress;

/// <summary>The last words of each run's workers; kept in memory only.</summary>
public sealed class RunProgress
{
    private const int MostKept = 1000;
    private static readonly TimeSpan Stale = TimeSpan.FromDays(1);
    private readonly ConcurrentDictionary<Guid, (StageProgressed Progress, DateTime At)> _last = new();
    private readonly ConcurrentDictionary<Guid, ProgressWindow> _windows = new();

    public void Heard(StageProgressed progress)
    {
        DateTime now = DateTime.UtcNow;
        _last[progress.RunId] = (progress, now);
        _windows.GetOrAdd(progress.RunId, _ => new()).Add(progress, now);
        if (_last.Count > MostKept) Forget(now - Stale);
    }

    /// <summary>How fast the run's stage goes; null while too little was heard.</summary>
    public StagePace? Pace(Guid runId) => _windows.TryGetValue(runId, out ProgressWindow? window) ? window.Pace() : null;

    public (StageProgressed Progress, DateTime At)? Last(Guid runId) => _last.TryGetValue(runId, out var last) ? last : null;

    private void Forget(DateTime before)
    {
        foreach ((Guid run, (_, DateTime at)) in _last)
            if (at < before && _last.TryRemove(run, out _)) _windows.TryRemove(run, out _);
    }

    /// <summary>The runs that were worked on after <paramref name="since"/> (UTC).</summary>
    public IReadOnlyList<Guid> HeardSince(DateTime since) => [.. _last.Where(run => run.Value.At >= since).Select(run => run.Key)];
}

/// <summary>Hears of progress, past the saga. What the registry cannot keep now is not kept: progress is a courtesy.</summary>
public sealed partial class RunProgressConsumer(RunProgress progress, RunCurves curves, RunFeed feed, ILogger<RunProgressConsumer> log)
    : IConsumer<StageProgressed>
{
    public async Task Consume(ConsumeContext<StageProgressed> context)
    {
        if (CurveBounds.Of(context.Message) is not ({ } report, var leftOut)) return;
        try
        {
            if (!await curves.AppendAsync(report, leftOut)) return;
        }
        catch (Exception fault) when (RegistryFault.Of(fault) is { } registry) { LogRegistry(report.RunId, registry.Message); }
        progress.Heard(report);
        feed.Changed(report.RunId);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A report of run {RunId:N} is not kept: {Sentence}")]
    private partial void LogRegistry(Guid runId, string sentence);
}
