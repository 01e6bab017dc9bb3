namespace Das.Disturbances.Kinds;

/// <summary>The disk is full while a stage writes.</summary>
internal sealed record FullDisk() : Kind("full-disk", Setting.Plain,
    "no space left for a stage's files, or for all of DAS_HOME; the run must say so, and end right when it is retried after space was made")
{
    private const string Said = "full";

    public override async Task PlayAsync(Play play, SplitMix64 random)
    {
        string stage = random.Pick(PipelineStages.Das.Names);
        (bool registry, int rest) = (random.Chance(25), random.Below(4) * 4096);
        play.Refusal = sentence => sentence.Contains(Said, StringComparison.Ordinal);
        Task<Passing?> taken = play.TrapAsync($"the command of {stage}", p => p.Act == Act.Deliver && p.Message?.Asks == stage, _ =>
        {
            play.Fleet.Artifacts.Fill(rest);
            if (registry) play.Fleet.Home.Fill(rest);
            play.Note($"the disk is full as {stage} begins{(registry ? ", and so is the registry's" : "")}");
            return Task.FromResult(Verdict.Forward);
        });
        Task<Passing?> failed = play.Fleet.Traffic.NextAsync(p => p.Act == Act.Publish && p.Message is { Contracted: nameof(StageFailed) } answer
            && answer.Answers == stage, play.Patience);
        await play.StartAsync();
        if (await taken is not null)
        {
            if (await failed is { } answer) play.Hit($"{stage} failed for it: {answer.Message!.Content!["error"]}");
            else play.Miss($"{stage} did not need the disk");
        }
        await Task.Delay(registry ? 2000 : 300); // time for the registry to meet it
        play.Fleet.Artifacts.Free();
        play.Fleet.Home.Free();
        play.Note("there is space again");
    }
}

/// <summary>The clock of serve or of a worker is put forward or back.</summary>
internal sealed record ClockStep() : Kind("clock", Setting.Clocks,
    "the clock of serve or of a worker put forward or back by seconds to days while a stage is at work, also around cancel and retry")
{
    private static readonly int[] Seconds = [-86_400 * 3, -7200, -60, -5, 5, 60, 7200, 86_400 * 3];

    public override async Task PlayAsync(Play play, SplitMix64 random)
    {
        IReadOnlyList<string> stages = SomeStages(random);
        play.Cancels = random.Chance(50);
        List<Task> steps =
        [
            .. stages.Select(stage => StepAsync(play, stage, Share(random), serve: random.Chance(50), TimeSpan.FromSeconds(random.Pick(Seconds)))),
        ];
        if (play.Cancels) steps.Add(CancelAsync(play, stages[^1], Share(random)));
        await AllAsync(play, steps);
    }

    /// <summary>A hit where the process has read the new time while the stage was at work.</summary>
    private static async Task StepAsync(Play play, string stage, double share, bool serve, TimeSpan step)
    {
        if (await play.AtWorkAsync(stage, share) is not { } worker) return;
        Service stepped = serve ? play.Fleet[Fleet.Serve] : worker;
        if (play.Fleet.ReadOf(stepped.Name) == step) step = -step;
        play.Fleet.Step(stepped.Name, step);
        while (Play.Holds(worker, stage) && play.Fleet.ReadOf(stepped.Name) != step) await Task.Delay(5);
        if (Play.Holds(worker, stage)) play.Hit($"the clock of {stepped.Name} stepped to {step}, and was read, while {worker.Name} was at work on {stage}");
        else play.Miss($"{stage} ended before {stepped.Name} read its clock");
    }

    private static async Task CancelAsync(Play play, string stage, double share)
    {
        if (await play.AtWorkAsync(stage, share) is null || !await play.AskAsync("cancel", TimeSpan.FromSeconds(2))) return;
        await play.AskAsync("retry", play.Patience);
    }
}
