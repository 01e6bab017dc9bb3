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

/// <summary>Hears of progress, past the saga.</summary>
public sealed class RunProgressConsumer(RunProgress progress, RunCurves curves, RunFeed feed) : IConsumer<StageProgressed>
{
    public async Task Consume(ConsumeContext<StageProgressed> context)
    {
        progress.Heard(context.Message);
        await curves.AppendAsync(context.Message);
        feed.Changed(context.Message.RunId);
    }
}
