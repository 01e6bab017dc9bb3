using Das.Control.Progress;

namespace Das.Control.Runs;

/// <summary>Wakes the monitor before its next look.</summary>
public sealed class RunSignal : IDisposable
{
    private readonly SemaphoreSlim _raised = new(0);

    public void Raise() => _raised.Release();

    public Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellation) => _raised.WaitAsync(longest, cancellation);

    public void Dispose() => _raised.Dispose();
}

/// <summary>
/// Turns the registry's wishes into messages, and messages that got lost into new ones: it publishes the start of queued
/// runs, cancellations and retries, at start the open commands of interrupted runs, and later that of any run without news.
/// Publishing twice is harmless.
/// </summary>
public sealed partial class RunMonitor(
    IDbContextFactory<RegistryContext> registry, RunOwnership ownership, RunProgress progress, RunFeed feed, RunSignal signal, PipelineStages stages,
    IServiceProvider services, BusSettings settings, ControlOptions options, ILogger<RunMonitor> log)
    : RegistryLoop(services, options, signal, log)
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromHours(12), Straggling = TimeSpan.FromSeconds(3);
    private DateTime _told = DateTime.UtcNow;
    private readonly Dictionary<Guid, (DateTime Since, TimeSpan Patience)> _watched = [];

    protected override async Task LookAsync(CancellationToken cancellation)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync(cancellation);
        List<RunRow> runs = await rows.Runs.AsNoTracking()
            .Where(run => !RunRow.Ended.Contains(run.State) || run.RetryRequested).OrderBy(run => run.Created).ToListAsync(cancellation);
        foreach (RunRow run in runs.Where(Drives))
            if (IsSilent(run) | run.RetryRequested | run.CancelRequested)
                foreach (object message in Wanted(run, await SagaAsync(rows, run.Id, cancellation))) await PublishAsync(message, cancellation);
        foreach (Guid ended in ownership.Mine.Except(runs.Select(run => run.Id)).ToList())
            if (await rows.Runs.AnyAsync(run => run.Id == ended && RunRow.Ended.Contains(run.State) && !run.RetryRequested, cancellation))
                ownership.Release(ended);
        foreach (Guid ended in _watched.Keys.Except(runs.Select(run => run.Id)).ToList()) _watched.Remove(ended);
        await StopStragglersAsync(rows, cancellation);
        await TellAsync(rows, cancellation);
    }

    /// <summary>Whoever wrote the registry, also another process: those that follow a run hear of it.</summary>
    private async Task TellAsync(RegistryContext rows, CancellationToken cancellation)
    {
        foreach (var run in await rows.Runs.Where(run => run.Updated >= _told).Select(run => new { run.Id, run.Updated }).ToListAsync(cancellation))
        {
            feed.Changed(run.Id);
            if (run.Updated > _told) _told = run.Updated.AddTicks(1);
        }
    }

    private bool Drives(RunRow run) => (Options.Adopt || !settings.InMemory || ownership.Mine.Contains(run.Id)) && ownership.TryTake(run.Id);

    /// <summary>Whether a run is to be woken: seen for the first time, nobody may have heard of it; or there has been no news of it for long.</summary>
    private bool IsSilent(RunRow run)
    {
        bool first = !_watched.TryGetValue(run.Id, out var watch);
        DateTime now = DateTime.UtcNow, news = Later(run.Updated, progress.Last(run.Id)?.At ?? DateTime.MinValue);
        if (first || news > watch.Since) watch = (news, Options.Watchdog);
        bool silent = now - watch.Since >= watch.Patience;
        if (silent) watch = (now, Shorter(watch.Patience * 2, LongestPatience));
        _watched[run.Id] = watch;
        return silent || first && (settings.InMemory || run.State == RunStatus.Queued);
    }

    private IReadOnlyList<object> Wanted(RunRow run, RunState? saga) => (run, saga) switch
    {
        (_, null) => [Start(run)],
        ({ RetryRequested: true }, _) when RunRow.Ended.Contains(run.State) => [new RetryRun(run.Id, saga.Attempt)],
        ({ CancelRequested: true }, _) => [new CancelRun(run.Id, saga.Attempt)],
        _ => [.. stages.Open(saga.Results()).Select(step => step.Command)],
    };

    private static StartRun Start(RunRow run) =>
        new(run.Id, run.Recipe, run.Fresh, run.Given is null ? null : JsonSerializer.Deserialize<GivenResults>(run.Given));

    /// <summary>A worker that took up a command of a run that was cancelled, or failed elsewhere, after the cancellation had gone round hears of it
    /// again.</summary>
    private async Task StopStragglersAsync(RegistryContext rows, CancellationToken cancellation)
    {
        DateTime now = DateTime.UtcNow;
        foreach (Guid id in progress.HeardSince(now - Straggling))
            if (await rows.Runs.AnyAsync(run => run.Id == id && (run.State == RunStatus.Cancelled || run.State == RunStatus.Failed) && !run.RetryRequested
                && run.Updated < now - Straggling, cancellation)
                && await SagaAsync(rows, id, cancellation) is { } ended)
                await PublishAsync(new CancelRun(id, ended.Attempt), cancellation);
    }

    private static Task<RunState?> SagaAsync(RegistryContext rows, Guid id, CancellationToken cancellation) =>
        rows.Sagas.AsNoTracking().SingleOrDefaultAsync(saga => saga.CorrelationId == id, cancellation);

    private Task PublishAsync(object message, CancellationToken cancellation)
    {
        LogPublish(message.GetType().Name);
        return Services.GetRequiredService<Publisher>().PublishAsync(message, cancellation);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;

    [LoggerMessage(Level = LogLevel.Debug, Message = "Publishing {Message}.")]
    private partial void LogPublish(string message);
}
