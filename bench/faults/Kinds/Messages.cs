using RabbitMQ.Client;

namespace Das.Disturbances.Kinds;

/// <summary>Commands and events that arrive more than once, and those of earlier attempts that arrive late.</summary>
internal sealed record Duplicates() : Kind("duplicate", Setting.Plain,
    "a command or an event delivered again while a stage is at work, also one of an attempt that was cancelled since")
{
    public override Task PlayAsync(Play play, SplitMix64 random)
    {
        if (random.Chance(50))
            return AllAsync(play, SomeStages(random)
                .Select(stage => RepeatAsync(play, stage, command: random.Chance(50), random.Between(1, 3), Share(random))).ToList());
        play.Cancels = true;
        return StaleAsync(play, random.Pick(PipelineStages.Das.Names), Share(random), Share(random));
    }

    /// <summary>What has passed for a stage is published again while it, or a later one, is at work.</summary>
    public static async Task RepeatAsync(Play play, string stage, bool command, int times, double share)
    {
        Passing? first = await play.TrapAsync($"{(command ? "command" : "event")} of {stage}",
            p => p.Act == Act.Publish && (command ? p.Message?.Asks == stage : p.Message?.Answers == stage), _ => Task.FromResult(Verdict.Forward));
        if (first?.Message is not { } message) return;
        await Task.Delay(play.Undisturbed.Stages[stage] * share);
        for (int i = 0; i < times; i++) await PublishAsync(play, message, $"{message.Contracted} again");
    }

    /// <summary>A run is cancelled and retried, and while it is at work again all that the first attempt said comes once more.</summary>
    private static async Task StaleAsync(Play play, string stage, double share, double later)
    {
        Task<Service?> atWork = play.AtWorkAsync(stage, share);
        await play.StartAsync();
        if (await atWork is null || !await play.AskAsync("cancel", TimeSpan.FromSeconds(5))) return;
        await Runs.EndedAsync(play.Fleet.Site, play.Run, play.Patience);
        List<Message> stale = [.. play.Fleet.Traffic.Seen.Where(p => p.Act == Act.Publish && p.Message is { } m && (m.Asks ?? m.Answers) == stage)
            .Select(p => p.Message!)];
        Task<Passing?> again = play.Fleet.Traffic.NextAsync(p => p.Act == Act.Deliver && p.Message?.Asks == stage, play.Patience);
        if (!await play.AskAsync("retry", play.Patience)) return;
        if (await again is null)
        {
            play.Miss($"{stage} did not come again");
            return;
        }
        await Task.Delay(play.Undisturbed.Stages[stage] * later / 2);
        foreach (Message message in stale) await PublishAsync(play, message, $"{message.Contracted} of the attempt before");
    }

    private static async Task PublishAsync(Play play, Message message, string what)
    {
        string? busy = play.Fleet.Services.FirstOrDefault(service => service.Link.Open.Any(open => open.Asks is not null))?.Name;
        await using IConnection connection = await new ConnectionFactory { HostName = "127.0.0.1", Port = play.Fleet.Broker.Port }.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        BasicProperties properties = new() { ContentType = "application/vnd.masstransit+json", DeliveryMode = DeliveryModes.Persistent };
        await channel.BasicPublishAsync(message.Exchange, "", mandatory: false, properties, message.Body);
        if (busy is null) play.Miss($"{what}, while nobody was at work");
        else play.Hit($"{what}, while {busy} was at work");
    }
}

/// <summary>People who cancel and retry while something else happens.</summary>
internal sealed record Race() : Kind("race", Setting.Plain, "cancel and retry while a stage is at work, together with a kill, a stop, a cut or a duplicate")
{
    public override async Task PlayAsync(Play play, SplitMix64 random)
    {
        play.Cancels = true;
        string stage = random.Pick(PipelineStages.Das.Names);
        TimeSpan after = Milliseconds(random, 0, 1500);
        double share = Share(random);
        Task other = random.Below(5) switch
        {
            0 => KillWorker.AtWorkAsync(play, stage, share, after),
            1 => KillServe.AtWorkAsync(play, stage, share, after),
            2 => StopAndGo.StopAsync(play, stage, share, random.Chance(30), after),
            3 => Cuts.CutAsync(play, stage, random.Pick(Moments.All), random.Chance(40), random.Chance(50)),
            _ => Duplicates.RepeatAsync(play, stage, random.Chance(50), random.Between(1, 3), share),
        };
        int rounds = random.Between(1, 2);
        Task people = PeopleAsync(play, stage, Share(random), rounds, [.. Enumerable.Range(0, rounds).Select(_ => Milliseconds(random, 0, 1200))]);
        await AllAsync(play, [other, people]);
    }

    private static async Task PeopleAsync(Play play, string stage, double share, int rounds, TimeSpan[] pauses)
    {
        if (await play.AtWorkAsync(stage, share) is not { } worker) return;
        for (int i = 0; i < rounds; i++)
        {
            if (!await play.AskAsync("cancel", TimeSpan.FromSeconds(2))) return;
            play.Hit($"cancel, then retry, while {worker.Name} was at work on {stage}");
            await Task.Delay(pauses[i]);
            if (!await play.AskAsync("retry", play.Patience)) return;
            await Task.Delay(pauses[i]);
        }
    }
}
