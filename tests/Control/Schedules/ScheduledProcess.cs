using Microsoft.Extensions.Time.Testing;

namespace Das.Tests.Control.Schedules;

/// <summary>A serving process with fake stages and, for its schedules, a clock that a test turns.</summary>
internal sealed class ScheduledProcess(PipelineProcess process, FakeTimeProvider clock) : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 10, 0, 0, 0, TimeSpan.Zero);

    public PipelineProcess Pipeline => process;
    public ScheduleBook Book => process.Services.GetRequiredService<ScheduleBook>();
    public ScheduleFirings Firings => process.Services.GetRequiredService<ScheduleFirings>();

    public static async Task<ScheduledProcess> StartAsync(TemporaryFolder home, FakeTimeProvider clock, Action<FakeStages>? stages = null) =>
        new(await PipelineProcess.StartAsync(home.Path, stages, services: services => services.AddSingleton<TimeProvider>(clock)), clock);

    /// <summary>A completed run, and a schedule that evaluates it again every night at 02:00 UTC.</summary>
    public async Task<(RunView Run, Guid Schedule)> NightlyAsync(Func<ScheduleWish, ScheduleWish>? change = null)
    {
        RunView run = await process.RunAsync("trained", fresh: true);
        ScheduleWish wish = new() { Name = "nightly", RunId = run.Id, Cron = "0 2 * * *" };
        return (run, await SaveAsync(change?.Invoke(wish) ?? wish));
    }

    public async Task<Guid> SaveAsync(ScheduleWish wish)
    {
        ScheduleSaved saved = await Book.SaveAsync(wish);
        Assert.Empty(saved.Problems);
        return saved.Id!.Value;
    }

    /// <summary>Turns the clock and wakes the schedule, as Hangfire would.</summary>
    public async Task WakeAsync(Guid schedule, DateTimeOffset at)
    {
        clock.SetUtcNow(at);
        await Firings.WakeAsync(schedule);
    }

    /// <summary>The schedule's firings, the earliest first, once each has ended.</summary>
    public Task<IReadOnlyList<FiringView>> EndedAsync(Guid schedule, int count) =>
        UntilAsync(schedule, firings => firings.Count == count && firings.All(firing => !FiringOutcome.Open.Contains(firing.Outcome)));

    /// <summary>The schedule's firings, the earliest first, once they are as asked for.</summary>
    public async Task<IReadOnlyList<FiringView>> UntilAsync(Guid schedule, Func<IReadOnlyList<FiringView>, bool> holds)
    {
        for (int look = 0; look < 200; look++)
        {
            FiringView[] firings = [.. (await Book.FiringsAsync(schedule)).Reverse()];
            if (holds(firings)) return firings;
            await Task.Delay(50, Token);
        }
        throw new TimeoutException($"It never came to that: {string.Join(" | ", await Book.FiringsAsync(schedule))}");
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
