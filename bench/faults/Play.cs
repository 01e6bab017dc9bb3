namespace Das.Disturbances;

/// <summary>One disturbed run: where injections find out what is at work, and say whether they hit it.</summary>
/// <param name="fleet">The processes.</param>
/// <param name="recipe">What is run.</param>
/// <param name="undisturbed">The same run with nothing happening to it.</param>
/// <param name="name">The run's name.</param>
internal sealed class Play(Fleet fleet, Tiny recipe, Undisturbed undisturbed, string name)
{
    private readonly Lock gate = new();
    private readonly List<string> notes = [];
    private readonly List<Guid> runs = [];

    public Fleet Fleet => fleet;

    public Tiny Recipe => recipe;

    public Undisturbed Undisturbed => undisturbed;

    /// <summary>The run under test.</summary>
    public Guid Run { get; private set; }

    public IReadOnlyList<Guid> Runs => runs;

    public int Hits { get; private set; }

    public int Misses { get; private set; }

    /// <summary>The run may end cancelled: somebody asked for it. It is retried then.</summary>
    public bool Cancels { get; set; }

    /// <summary>A sentence with which the run may fail, once; it is retried then.</summary>
    public Func<string, bool>? Refusal { get; set; }

    public IReadOnlyList<string> Notes { get { lock (gate) return [.. notes]; } }

    /// <summary>Long enough for whatever an injection waits for.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(20) + undisturbed.Whole * 2;

    public async Task<Guid> StartAsync(bool fresh = true)
    {
        Run = await fleet.Site.StartAsync(recipe.Request(runs.Count == 0 ? name : $"{name}, again", fresh));
        runs.Add(Run);
        Note($"run {Run:N} started");
        return Run;
    }

    public void Note(string text)
    {
        lock (gate) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {text}"));
    }

    /// <summary>It happened to something at work, and this is how that is known.</summary>
    public void Hit(string proof)
    {
        lock (gate) Hits++;
        Note($"HIT {proof}");
    }

    public void Miss(string why)
    {
        lock (gate) Misses++;
        Note($"MISS {why}");
    }

    /// <summary>
    /// Waits until a worker is at work on a stage: its command was delivered there, progress was heard since, and the command is still
    /// unacknowledged after a share of the time that the stage takes.
    /// </summary>
    /// <returns>The worker; null, and a miss, where the stage was too fast or never came.</returns>
    public async Task<Service?> AtWorkAsync(string stage, double share)
    {
        Passing? taken = await fleet.Traffic.FirstAsync(passing => passing.Act == Act.Deliver && passing.Message?.Asks == stage, Patience);
        Passing? told = taken is null ? null : await fleet.Traffic.FirstAsync(
            passing => passing.Act == Act.Publish && passing.Link == taken.Link && passing.Message?.Tells == stage && passing.At >= taken.At, Patience);
        if (told is not null)
        {
            TimeSpan rest = taken!.At + undisturbed.Stages[stage] * share - DateTime.UtcNow;
            if (rest > TimeSpan.Zero) await Task.Delay(rest);
            Service service = fleet[told.Link];
            if (service.Alive && Holds(service, stage)) return service;
        }
        Miss($"{stage} was not at work: {(taken is null ? "its command never came" : told is null ? "it said nothing" : "it had ended")}");
        return null;
    }

    public static bool Holds(Service service, string stage) => service.Link.Open.Any(message => message.Asks == stage);

    /// <summary>Waits for something to pass, and does something before it goes on.</summary>
    /// <param name="what">For the notes.</param>
    /// <param name="when">Which.</param>
    /// <param name="act">What is done.</param>
    public async Task<Passing?> TrapAsync(string what, Func<Passing, bool> when, Func<Passing, Task<Verdict>> act)
    {
        Passing? sprung = await fleet.Traffic.TrapAsync(when, act, Patience);
        if (sprung is null) Miss($"{what} never came");
        return sprung;
    }

    /// <summary>Asks until it is taken, or the run has come to an end that nothing can be asked of.</summary>
    public async Task<bool> AskAsync(string what, TimeSpan patience)
    {
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < patience; await Task.Delay(100))
        {
            if (await fleet.Site.DoAsync(Run, what))
            {
                Note($"{what} taken");
                return true;
            }
            if (Disturbances.Runs.StateOf(await fleet.Site.RunAsync(Run)) == Disturbances.Runs.Completed) break;
        }
        Note($"{what} not taken");
        return false;
    }

    /// <summary>The folder in which a stage of this fresh run works; null where it has not begun.</summary>
    public string? FolderOf(string stage) => Path.Combine(fleet.Artifacts.Folder, stage) is var all && Directory.Exists(all)
        ? Directory.EnumerateDirectories(all, $"*-{Run:N}").FirstOrDefault() : null;
}
