namespace Das.Disturbances.Kinds;

/// <summary><c>kill -9</c> of a worker: at work, or at a frame.</summary>
internal sealed record KillWorker() : Kind("kill-worker", Setting.Plain,
    "kill -9 of a worker at work, also between its answer, the confirmation and its acknowledgement")
{
    public override Task PlayAsync(Play play, SplitMix64 random) => AllAsync(play, SomeStages(random).Select(stage =>
    {
        TimeSpan after = Milliseconds(random, 0, 1500);
        return random.Chance(50) ? AtWorkAsync(play, stage, Share(random), after) : AtFrameAsync(play, stage, random.Pick(Moments.All), after);
    }).ToList());

    public static async Task AtWorkAsync(Play play, string stage, double share, TimeSpan after)
    {
        if (await play.AtWorkAsync(stage, share) is not { } worker) return;
        int id = worker.Id;
        if (worker.Kill()) play.Hit($"{worker.Name} ({id}) killed with the command of {stage} unacknowledged");
        else play.Miss($"{worker.Name} had ended");
        await StartAgainAsync(play, worker, after);
    }

    private static async Task AtFrameAsync(Play play, string stage, Moment moment, TimeSpan after)
    {
        Passing? at = await play.TrapAsync($"{moment} of {stage}", moment.Of(stage, serve: false), async passing =>
        {
            Service worker = play.Fleet[passing.Link];
            if (moment == Moment.Taken) // it has the command by the time it dies
                _ = Task.Delay(5).ContinueWith(_ => Kill(worker), TaskScheduler.Default);
            else Kill(worker);
            await Task.CompletedTask;
            return moment == Moment.Taken ? Verdict.Forward : Verdict.CutBefore;
        });
        if (at is not null) await StartAgainAsync(play, play.Fleet[at.Link], after);

        void Kill(Service worker)
        {
            if (worker.Kill()) play.Hit($"{worker.Name} killed at {moment} of {stage}");
            else play.Miss($"{worker.Name} had ended");
        }
    }
}

/// <summary><c>kill -9</c> of serve while a stage is at work, or while it has an answer in its hands.</summary>
internal sealed record KillServe() : Kind("kill-serve", Setting.Plain, "kill -9 of serve while a stage is at work, or with the stage's answer unacknowledged")
{
    public override Task PlayAsync(Play play, SplitMix64 random) => AllAsync(play, SomeStages(random).Take(2).Select(stage =>
    {
        TimeSpan after = Milliseconds(random, 0, 2500);
        return random.Chance(50) ? AtWorkAsync(play, stage, Share(random), after)
            : AtFrameAsync(play, stage, random.Pick([Moment.Taken, Moment.Acknowledging]), after);
    }).ToList());

    public static async Task AtWorkAsync(Play play, string stage, double share, TimeSpan after)
    {
        if (await play.AtWorkAsync(stage, share) is null) return;
        Service serve = play.Fleet[Fleet.Serve];
        if (serve.Kill()) play.Hit($"serve killed while {stage} was at work");
        else play.Miss("serve was down");
        await StartAgainAsync(play, serve, after);
    }

    public static async Task AtFrameAsync(Play play, string stage, Moment moment, TimeSpan after)
    {
        Service serve = play.Fleet[Fleet.Serve];
        Passing? at = await play.TrapAsync($"{moment} of {stage} at serve", moment.Of(stage, serve: true), passing =>
        {
            if (serve.Kill()) play.Hit($"serve killed at {moment} of {stage}: {passing}");
            else play.Miss("serve was down");
            return Task.FromResult(Verdict.CutBefore);
        });
        if (at is not null) await StartAgainAsync(play, serve, after);
    }
}

/// <summary><c>kill -9</c> of serve when the saga has committed and the next command has not reached the broker.</summary>
internal sealed record KillBetween() : Kind("kill-between", Setting.Plain, "kill -9 of serve after the saga's commit, before the broker has the next command")
{
    public override Task PlayAsync(Play play, SplitMix64 random) => AllAsync(play, SomeStages(random).Take(2)
        .Select(stage => KillServe.AtFrameAsync(play, stage, Moment.Answering, Milliseconds(random, 0, 1500))).ToList());
}
