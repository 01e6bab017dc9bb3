namespace Das.Disturbances.Kinds;

/// <summary>A kind of injection.</summary>
/// <param name="Name">On the command line and in the table.</param>
/// <param name="Setting">What it needs of broker and clocks.</param>
/// <param name="Meaning">For the table.</param>
internal abstract record Kind(string Name, Setting Setting, string Meaning)
{
    public static readonly IReadOnlyList<Kind> All =
    [
        new KillWorker(), new KillServe(), new KillBetween(), new StopAndGo(), new BrokerRestart(), new Cuts(), new FullDisk(), new FlippedBit(),
        new Duplicates(), new Race(), new ClockStep(), new ConsumerTimeout(),
    ];

    /// <exception cref="DasException">There is no such kind.</exception>
    public static Kind Get(string name) =>
        All.FirstOrDefault(kind => kind.Name == name)
            ?? throw new DasException(ErrorKind.Usage, Nearest.Unknown("kind", name, [.. All.Select(kind => kind.Name)]));

    /// <summary>What is run; drawn, as all that follows.</summary>
    public virtual Tiny Recipe(SplitMix64 random) => Tiny.Shapes;

    /// <summary>Starts a run and does to it what the numbers drawn say. Returns when nothing more is done to it.</summary>
    public abstract Task PlayAsync(Play play, SplitMix64 random);

    /// <summary>One to three stages, in order.</summary>
    protected static IReadOnlyList<string> SomeStages(SplitMix64 random)
    {
        string[] names = [.. PipelineStages.Das.Names];
        random.Shuffle<string>(names);
        return [.. PipelineStages.Das.InOrder(names.Take(random.Between(1, 3)), name => name)];
    }

    protected static TimeSpan Milliseconds(SplitMix64 random, int low, int high) => TimeSpan.FromMilliseconds(random.Between(low, high));

    protected static double Share(SplitMix64 random) => random.Below(50) / 100.0;

    protected static async Task StartAgainAsync(Play play, Service service, TimeSpan after)
    {
        await service.EndedAsync();
        await Task.Delay(after);
        service.Start();
        play.Note($"{service.Name} started again");
    }

    /// <summary>The run, and all that is done to it at the same time.</summary>
    protected static async Task AllAsync(Play play, IEnumerable<Task> injections)
    {
        Task[] armed = [.. injections];
        await play.StartAsync();
        await Task.WhenAll(armed);
    }
}

/// <summary>A moment between a process and its broker at which something is done to one of them.</summary>
internal enum Moment
{
    /// <summary>The command has arrived.</summary>
    Taken,

    /// <summary>The answer was sent and has not arrived at the broker.</summary>
    Answering,

    /// <summary>It has arrived, and the broker's confirmation has not come back.</summary>
    Confirming,

    /// <summary>The acknowledgement was sent and has not arrived.</summary>
    Acknowledging,
}

/// <summary>Moments of a worker, or of serve with what a worker answered.</summary>
internal static class Moments
{
    public static readonly IReadOnlyList<Moment> All = Enum.GetValues<Moment>();

    /// <param name="moment">Which.</param>
    /// <param name="stage">Whose command, or of serve whose answer.</param>
    /// <param name="serve">At serve.</param>
    public static Func<Passing, bool> Of(this Moment moment, string stage, bool serve) => (moment, serve) switch
    {
        (Moment.Taken, false) => p => p.Act == Act.Deliver && p.Message?.Asks == stage,
        (Moment.Answering, false) => p => p.Act == Act.Publish && p.Message?.Answers == stage,
        (Moment.Confirming, false) => p => p.Act == Act.Confirm && p.Message?.Answers == stage,
        (Moment.Acknowledging, false) => p => p.Act == Act.Ack && p.Message?.Asks == stage,
        (Moment.Taken, true) => p => p.Act == Act.Deliver && p.Link == Fleet.Serve && p.Message?.Answers == stage,
        (Moment.Answering, true) => p => p.Act == Act.Publish && p.Link == Fleet.Serve && p.Message?.Asks == stage,
        (Moment.Confirming, true) => p => p.Act == Act.Confirm && p.Link == Fleet.Serve && p.Message?.Asks == stage,
        _ => p => p.Act == Act.Ack && p.Link == Fleet.Serve && p.Message?.Answers == stage,
    };

    /// <summary>What arrives goes on to the process before anything is done to it; what it has sent does not go on.</summary>
    public static Verdict Cut(this Moment moment) => moment == Moment.Taken ? Verdict.CutAfter : Verdict.CutBefore;
}
