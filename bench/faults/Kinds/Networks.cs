namespace Das.Disturbances.Kinds;

/// <summary>SIGSTOP and SIGCONT: short, or longer than the broker waits for a heartbeat.</summary>
internal sealed record StopAndGo() : Kind("stop", Setting.Plain,
    "SIGSTOP of a worker at work or of serve, for moments or until the broker has given it up, then SIGCONT")
{
    public override Task PlayAsync(Play play, SplitMix64 random)
    {
        bool tooLong = random.Chance(15);
        return AllAsync(play, SomeStages(random).Take(tooLong ? 1 : 3).Select(stage =>
            StopAsync(play, stage, Share(random), serve: random.Chance(30), tooLong ? Milliseconds(random, 16_000, 20_000) : Milliseconds(random, 200, 2500)))
            .ToList());
    }

    public static async Task StopAsync(Play play, string stage, double share, bool serve, TimeSpan time)
    {
        if (await play.AtWorkAsync(stage, share) is not { } worker) return;
        Service stopped = serve ? play.Fleet[Fleet.Serve] : worker;
        if (stopped.Signal(Signals.Stop)) play.Hit($"{stopped.Name} stopped for {time.TotalSeconds:0.0} s while {stage} was at work");
        else play.Miss($"{stopped.Name} was down");
        await Task.Delay(time);
        stopped.Signal(Signals.Continue);
        play.Note($"{stopped.Name} continued");
    }
}

/// <summary>The broker ends and comes back with its data.</summary>
internal sealed record BrokerRestart() : Kind("broker", Setting.Plain, "the broker killed or stopped while a stage is at work, and started again")
{
    public override Task PlayAsync(Play play, SplitMix64 random) => AllAsync(play, SomeStages(random).Take(1)
        .Select(stage => RestartAsync(play, stage, Share(random), random.Chance(60), Milliseconds(random, 0, 2000))).ToList());

    private static async Task RestartAsync(Play play, string stage, double share, bool kill, TimeSpan after)
    {
        if (await play.AtWorkAsync(stage, share) is not { } worker) return;
        play.Hit($"the broker {(kill ? "killed" : "stopped")} while {worker.Name} was at work on {stage}");
        await (kill ? play.Fleet.Broker.KillAsync() : play.Fleet.Broker.StopAsync());
        await Task.Delay(after);
        await play.Fleet.Broker.StartAsync();
        play.Note("the broker is back");
    }
}

/// <summary>The connection of a process cut at a frame, or held back, or slowed down.</summary>
internal sealed record Cuts() : Kind("cut", Setting.Plain,
    "a worker's or serve's connection cut at a chosen frame (delivery, answer, confirmation, acknowledgement), held for seconds or until given up, or slow")
{
    public override Task PlayAsync(Play play, SplitMix64 random)
    {
        bool tooLong = random.Chance(10);
        return AllAsync(play, SomeStages(random).Take(tooLong ? 1 : 3).Select(stage =>
        {
            bool serve = random.Chance(40);
            Moment moment = random.Pick(Moments.All);
            return tooLong ? HoldAsync(play, stage, serve, Share(random), Milliseconds(random, 16_000, 20_000))
                : random.Chance(20) ? HoldAsync(play, stage, serve, Share(random), Milliseconds(random, 200, 3000))
                : random.Chance(10) ? SlowAsync(play, stage, serve, Milliseconds(random, 20, 200))
                : CutAsync(play, stage, moment, serve, random.Chance(50));
        }).ToList());
    }

    /// <param name="play">The run.</param>
    /// <param name="stage">Whose frames.</param>
    /// <param name="moment">The frame.</param>
    /// <param name="serve">Serve's connection.</param>
    /// <param name="after">The frame goes on before its connection is cut.</param>
    public static async Task CutAsync(Play play, string stage, Moment moment, bool serve, bool after)
    {
        if (await play.TrapAsync($"{moment} of {stage}", moment.Of(stage, serve), _ => Task.FromResult(after ? Verdict.CutAfter : Verdict.CutBefore)) is { } at)
            play.Hit($"cut {(after ? "after" : "before")} this frame: {at}");
    }

    private static async Task HoldAsync(Play play, string stage, bool serve, double share, TimeSpan time)
    {
        if (await play.AtWorkAsync(stage, share) is not { } worker) return;
        Service held = serve ? play.Fleet[Fleet.Serve] : worker;
        held.Link.Hold();
        play.Hit($"nothing passes to and from {held.Name} for {time.TotalSeconds:0.0} s while {stage} is at work");
        await Task.Delay(time);
        held.Link.Flow();
        play.Note($"{held.Name} has its network again");
    }

    private static async Task SlowAsync(Play play, string stage, bool serve, TimeSpan delay)
    {
        if (await play.AtWorkAsync(stage, 0) is not { } worker) return;
        Service slow = serve ? play.Fleet[Fleet.Serve] : worker;
        slow.Link.Delay = delay;
        play.Hit($"every frame to and from {slow.Name} takes {delay.TotalMilliseconds:0} ms more while {stage} is at work");
        await Task.Delay(play.Undisturbed.Stages[stage] * 2);
        slow.Link.Delay = TimeSpan.Zero;
    }
}

/// <summary>Stages that take longer than the broker lets a command be unacknowledged.</summary>
internal sealed record ConsumerTimeout() : Kind("timeout", Setting.Impatient,
    "a command taken away by the broker's consumer_timeout (5 s) while its stage is at work (10 s and more)")
{
    public override Tiny Recipe(SplitMix64 random) => Tiny.Slow;

    public override async Task PlayAsync(Play play, SplitMix64 random)
    {
        const int most = 8; // of one run
        Guid run = await play.StartAsync();
        Task<JsonObject?> end = Runs.EndedAsync(play.Fleet.Site, run, play.Undisturbed.Whole * 3 + TimeSpan.FromMinutes(1));
        HashSet<Passing> counted = [];
        while (!end.IsCompleted)
        {
            await Task.WhenAny(end, Task.Delay(200));
            foreach (Passing closed in play.Fleet.Traffic.Seen.Where(p => p is { Act: Act.Close, ToBroker: false, Message.Asks: not null }
                && p.Note.StartsWith("406", StringComparison.Ordinal)))
                if (counted.Count < most && counted.Add(closed)) play.Hit($"{closed}");
        }
        if (counted.Count == 0) play.Miss("no command was taken away");
    }
}
