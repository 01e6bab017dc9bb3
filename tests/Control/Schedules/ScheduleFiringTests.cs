using Microsoft.Extensions.Time.Testing;

namespace Das.Tests.Control.Schedules;

public sealed class ScheduleFiringTests : PipelineTest
{
    private readonly FakeTimeProvider _clock = new(ScheduledProcess.Start);

    [Fact]
    public async Task A_run_that_is_gone_cannot_be_compared()
    {
        using EvaluatedRuns runs = new();
        PairedComparison compared = await FiringJudge.CompareAsync(runs.Get<RunRegistry>(), runs.Get<EvaluationComparison>(), Guid.Empty, Guid.Empty,
            "accuracy", Token);
        Assert.Equal((null, 0), (compared.PValue, compared.Questions));
        Assert.Contains("There is no run", compared.Why);
    }

    [Fact]
    public async Task A_schedule_fires_when_it_is_due_and_computes_only_the_evaluation()
    {
        await using ScheduledProcess process = await ScheduledProcess.StartAsync(Home, _clock);
        (RunView target, Guid schedule) = await process.NightlyAsync();
        await process.WakeAsync(schedule, Night(10, 1, 59));
        Assert.Empty(await process.Book.FiringsAsync(schedule));
        await process.WakeAsync(schedule, Night(10, 2, 0));
        await process.WakeAsync(schedule, Night(10, 2, 0));

        FiringView firing = Assert.Single(await process.EndedAsync(schedule, 1));
        Assert.Equal((Night(10, 2, 0).UtcDateTime, FiringOutcome.NotCompared, target.Id), (firing.Due, firing.Outcome, firing.ComparedWith));
        RunView run = (await process.Pipeline.Runs.FindAsync(firing.RunId!.Value))!;
        Assert.Equal(("nightly 2026-03-10 02:00", true, target.Recipe), (run.Name, run.Fresh, run.Recipe));
        Assert.Equal(["schedule"], run.Tags);
        Assert.Equal([StageStatus.Given, StageStatus.Given, StageStatus.Given, StageStatus.Finished], run.Stages.Select(stage => stage.State));
        Assert.Equal((target.Artifacts["ingest"], target.Artifacts["finetune"]), (run.Artifacts["ingest"], run.Artifacts["finetune"]));
        FakeStages stages = process.Pipeline.Stages;
        Assert.Equal((1, 1, 1, 2), (stages.Worked("ingest"), stages.Worked("search"), stages.Worked("finetune"), stages.Worked("evaluate")));
    }

    [Fact]
    public async Task A_schedule_fires_at_the_hour_of_its_zone_before_and_after_the_clocks_change()
    {
        await using ScheduledProcess process = await ScheduledProcess.StartAsync(Home, new(Night(27, 12, 0)));
        (_, Guid schedule) = await process.NightlyAsync(wish => wish with { TimeZone = "Europe/Berlin" });
        await process.WakeAsync(schedule, Night(28, 0, 30));
        Assert.Empty(await process.Book.FiringsAsync(schedule));
        await process.WakeAsync(schedule, Night(28, 1, 0));
        await process.EndedAsync(schedule, 1);
        await process.WakeAsync(schedule, Night(29, 1, 0));
        await process.EndedAsync(schedule, 2);
        await process.WakeAsync(schedule, Night(30, 0, 0));
        IReadOnlyList<FiringView> firings = await process.EndedAsync(schedule, 3);
        Assert.Equal([Night(28, 1, 0), Night(29, 1, 0), Night(30, 0, 0)], firings.Select(firing => new DateTimeOffset(firing.Due)));
        Assert.Equal("nightly 2026-03-30 02:00", (await process.Pipeline.Runs.FindAsync(firings[2].RunId!.Value))!.Name);
    }

    [Fact]
    public async Task One_re_evaluation_of_a_schedule_runs_at_a_time()
    {
        TaskCompletionSource hold = new();
        await using ScheduledProcess process = await ScheduledProcess.StartAsync(Home, _clock);
        (_, Guid schedule) = await process.NightlyAsync();
        process.Pipeline.Stages.On("evaluate", (_, _) => hold.Task);
        await process.WakeAsync(schedule, Night(10, 2, 0));
        await process.WakeAsync(schedule, Night(11, 2, 0));
        Assert.Equal(FiringOutcome.LeftOut, (await process.Firings.RunNowAsync(schedule)).Outcome);
        hold.SetResult();
        IReadOnlyList<FiringView> firings = await process.EndedAsync(schedule, 3);
        Assert.Equal([FiringOutcome.NotCompared, FiringOutcome.LeftOut, FiringOutcome.LeftOut], firings.Select(firing => firing.Outcome));
        Assert.Equal(("The re-evaluation before it had not ended.", null), (firings[1].Sentence, firings[1].RunId));
        await process.WakeAsync(schedule, Night(12, 2, 0));
        Assert.Equal(FiringOutcome.NotCompared, (await process.EndedAsync(schedule, 4))[3].Outcome);
    }

    [Theory]
    [InlineData(CatchUp.Once, new[] { 13 }, new int[0])]
    [InlineData(CatchUp.All, new[] { 11, 12, 13 }, new int[0])]
    [InlineData(CatchUp.None, new int[0], new[] { 13 })]
    public async Task Firings_that_fell_into_a_downtime_follow_the_policy(string policy, int[] made, int[] left)
    {
        Guid schedule;
        await using (ScheduledProcess process = await ScheduledProcess.StartAsync(Home, _clock))
        {
            (_, schedule) = await process.NightlyAsync(wish => wish with { CatchUp = policy });
            await process.WakeAsync(schedule, Night(10, 2, 0));
            await process.EndedAsync(schedule, 1);
        }
        _clock.SetUtcNow(Night(13, 12, 0));
        await using ScheduledProcess later = await ScheduledProcess.StartAsync(Home, _clock);
        IReadOnlyList<FiringView> firings = (await later.EndedAsync(schedule, 1 + made.Length + left.Length)).Skip(1).ToList();
        Assert.Equal(made, Days(FiringOutcome.NotCompared));
        Assert.Equal(left, Days(FiringOutcome.LeftOut));
        if (policy == CatchUp.None) Assert.Contains("3 firings, the first of 2026-03-11 02:00 UTC,", firings[0].Sentence);
        Assert.Equal(made.Length, later.Pipeline.Worked("evaluate"));
        await later.WakeAsync(schedule, Night(13, 12, 1));
        Assert.Equal(1 + firings.Count, (await later.Book.FiringsAsync(schedule)).Count);

        IEnumerable<int> Days(string outcome) => firings.Where(firing => firing.Outcome == outcome).Select(firing => firing.Due.Day);
    }

    [Fact]
    public async Task A_firing_outlives_the_process_that_began_it()
    {
        Guid schedule;
        await using (ScheduledProcess process = await ScheduledProcess.StartAsync(Home, _clock))
        {
            (_, schedule) = await process.NightlyAsync();
            process.Pipeline.Stages.Hang("evaluate");
            await process.WakeAsync(schedule, Night(10, 2, 0));
            FiringView begun = Assert.Single(await process.Book.FiringsAsync(schedule));
            await process.Pipeline.UntilAsync(begun.RunId!.Value, run => run.Standing == "Running evaluate");
        }
        await using ScheduledProcess later = await ScheduledProcess.StartAsync(Home, _clock);
        FiringView firing = Assert.Single(await later.EndedAsync(schedule, 1));
        Assert.Equal(FiringOutcome.NotCompared, firing.Outcome);
        await later.WakeAsync(schedule, Night(11, 2, 0));
        Assert.Equal(firing.RunId, (await later.EndedAsync(schedule, 2))[1].ComparedWith);
    }

    [Fact]
    public async Task Two_processes_on_one_registry_fire_once()
    {
        await using ScheduledProcess one = await ScheduledProcess.StartAsync(Home, _clock), other = await ScheduledProcess.StartAsync(Home, _clock);
        (_, Guid schedule) = await one.NightlyAsync();
        _clock.SetUtcNow(Night(10, 2, 0));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).Firings.WakeAsync(schedule))));
        Assert.Single(await one.EndedAsync(schedule, 1));
        Assert.Equal(2, (await one.Pipeline.Runs.ListAsync()).Count);
    }

    [Fact]
    public async Task A_paused_schedule_fires_only_by_hand_and_a_resumed_one_not_for_its_pause()
    {
        await using ScheduledProcess process = await ScheduledProcess.StartAsync(Home, _clock);
        (_, Guid schedule) = await process.NightlyAsync(wish => wish with { CatchUp = CatchUp.All });
        await process.Book.PauseAsync(schedule);
        await process.WakeAsync(schedule, Night(11, 2, 0));
        Assert.Empty(await process.Book.FiringsAsync(schedule));
        Assert.Null((await process.Book.FindAsync(schedule))!.Next);
        await process.Firings.RunNowAsync(schedule);
        Assert.Equal(Night(11, 2, 0).UtcDateTime, Assert.Single(await process.EndedAsync(schedule, 1)).Due);
        _clock.SetUtcNow(Night(13, 12, 0));
        await process.Book.ResumeAsync(schedule);
        await process.WakeAsync(schedule, Night(13, 12, 1));
        Assert.Single(await process.Book.FiringsAsync(schedule));
        Assert.Equal(Night(14, 2, 0), (await process.Book.FindAsync(schedule))!.Next);
        await process.WakeAsync(schedule, Night(14, 2, 0));
        await process.EndedAsync(schedule, 2);
    }

    [Fact]
    public async Task The_best_run_of_a_recipe_is_chosen_at_each_firing_and_is_no_re_evaluation()
    {
        await using ScheduledProcess process = await ScheduledProcess.StartAsync(Home, _clock);
        (RunView first, _) = await process.NightlyAsync();
        RunView second = await process.Pipeline.RunAsync("better", """{"name":"fake","seed":2}""", fresh: true);
        Guid schedule = await process.SaveAsync(new() { Name = "best", RecipeName = "fake" });
        await ScoreAsync(first.Id, 0.9);
        Assert.Equal(first.Id, (await FireAsync(10)).ComparedWith);
        FiringView again = await FireAsync(11);
        Assert.NotEqual(first.Id, again.ComparedWith);
        await ScoreAsync(again.RunId!.Value, 1);
        await ScoreAsync(second.Id, 0.95);
        FiringView other = await FireAsync(12);
        Assert.Equal(second.Id, other.ComparedWith);
        Assert.Equal(second.Artifacts["finetune"], (await process.Pipeline.Runs.FindAsync(other.RunId!.Value))!.Artifacts["finetune"]);

        async Task<FiringView> FireAsync(int day)
        {
            await process.WakeAsync(schedule, Night(day, 2, 0));
            return (await process.EndedAsync(schedule, day - 9))[^1];
        }

        async Task ScoreAsync(Guid run, double accuracy)
        {
            await using RegistryContext rows = Rows();
            (await rows.Metrics.FindAsync(run, "accuracy"))!.Mean = accuracy;
            await rows.SaveChangesAsync();
        }
    }

    [Fact]
    public async Task A_firing_without_a_run_to_evaluate_and_one_whose_run_fails_say_why()
    {
        await using ScheduledProcess process = await ScheduledProcess.StartAsync(Home, _clock);
        (_, Guid schedule) = await process.NightlyAsync();
        process.Pipeline.Stages.On("evaluate", (_, _) => throw new DasException(ErrorKind.Storage, "The checkpoint is gone."));
        await process.WakeAsync(schedule, Night(10, 2, 0));
        FiringView failed = Assert.Single(await process.EndedAsync(schedule, 1));
        Assert.Equal((FiringOutcome.Failed, "The checkpoint is gone."), (failed.Outcome, failed.Sentence));

        Guid nothing = await process.SaveAsync(new() { Name = "nothing", RecipeName = "fake", Metric = "bleu" });
        FiringView none = await process.Firings.RunNowAsync(nothing);
        Assert.Equal((FiringOutcome.Failed, "No completed run of the recipe 'fake' has a checkpoint and the metric 'bleu'."), (none.Outcome, none.Sentence));

        process.Pipeline.Stages.Behave("evaluate");
        Assert.True(await process.Pipeline.Runs.RetryAsync(failed.RunId!.Value));
        Assert.Equal(FiringOutcome.NotCompared, (await process.UntilAsync(schedule, firings => firings[0].Outcome != FiringOutcome.Failed))[0].Outcome);
    }

    [Fact]
    public async Task Hangfire_wakes_a_schedule_within_its_minute()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await process.RunAsync("trained", fresh: true);
        ScheduleBook book = process.Services.GetRequiredService<ScheduleBook>();
        Guid schedule = (await book.SaveAsync(new() { Name = "minutely", RunId = run.Id, Cron = "* * * * *" })).Id!.Value;
        DateTimeOffset due = (await book.FindAsync(schedule))!.Next!.Value;
        for (int look = 0; look < 350 && (await book.FiringsAsync(schedule)).Count == 0; look++) await Task.Delay(200, Token);
        FiringView firing = Assert.Single(await book.FiringsAsync(schedule));
        Assert.Equal(due.UtcDateTime, firing.Due);
        Assert.InRange(firing.Fired - firing.Due, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static DateTimeOffset Night(int day, int hour, int minute) => new(2026, 3, day, hour, minute, 0, TimeSpan.Zero);
}
