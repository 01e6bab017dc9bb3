using Das.Control.Progress;
using MassTransit;

namespace Das.Control.Schedules;

/// <summary>Settles what was missed, at start and ever after; judges re-evaluations as they end, and keeps the alarm true to the table.</summary>
public sealed partial class ScheduleService(
    ScheduleAlarm alarm, ScheduleFirings firings, FiringJudge judge, RunFeed feed, IBusControl bus, TimeProvider time, ILogger<ScheduleService> log)
        : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _one = new(1);

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        await TryAsync(KeepAsync, stoppingToken);
        await Task.WhenAll(FollowAsync(stoppingToken), TickAsync(stoppingToken));
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        await foreach (IReadOnlySet<Guid> _ in feed.FollowAsync(cancellation: stopping)) await TryAsync(judge.JudgeAsync, stopping);
    }

    private async Task TickAsync(CancellationToken stopping)
    {
        using PeriodicTimer timer = new(Look, time);
        while (await timer.WaitForNextTickAsync(stopping)) await TryAsync(KeepAsync, stopping);
    }

    /// <summary>Also wakes every schedule: an alarm that came too late (the machine slept, or was starved) never rings.</summary>
    private async Task KeepAsync(CancellationToken cancellation)
    {
        await firings.RepairAsync();
        await judge.JudgeAsync(cancellation);
        foreach (Guid schedule in await alarm.SetAsync()) await firings.WakeAsync(schedule);
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        await _one.WaitAsync(stopping);
        try { await work(stopping); }
        catch (Exception fault) when (RegistryFault.Of(fault) is { } registry) { LogRegistry(registry.Message); }
        catch (Exception fault) when (fault is not OperationCanceledException) { LogFault(fault); }
        finally { _one.Release(); }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Schedules wait: {Sentence}")]
    private partial void LogRegistry(string sentence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedules' service stumbled and looks again.")]
    private partial void LogFault(Exception fault);
}
