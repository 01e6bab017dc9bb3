namespace Das.Disturbances;

/// <summary>All that passes between the processes and their broker, and the traps that wait for it.</summary>
internal sealed class Traffic
{
    private readonly Lock gate = new();
    private readonly List<Passing> seen = [];
    private readonly List<Trap> traps = [];
    private readonly HashSet<Guid> past = [];

    /// <summary>What has passed since the run under test began.</summary>
    public IReadOnlyList<Passing> Seen { get { lock (gate) return [.. seen]; } }

    /// <summary>What passes from now on belongs to a new run; nothing of those before it springs a trap.</summary>
    public void Begin(IEnumerable<Guid> ended)
    {
        lock (gate)
        {
            past.UnionWith(ended);
            seen.Clear();
            traps.Clear();
        }
    }

    /// <summary>Springs every trap that waits for this.</summary>
    /// <returns>What the strictest of them says.</returns>
    public async ValueTask<Verdict> PassAsync(Passing passing)
    {
        List<Trap> sprung;
        lock (gate)
        {
            if (passing.Message is { } message && past.Contains(message.Run)) return Verdict.Forward;
            seen.Add(passing);
            sprung = traps.FindAll(trap => trap.When(passing));
            traps.RemoveAll(sprung.Contains);
        }
        Verdict verdict = Verdict.Forward;
        foreach (Trap trap in sprung)
            if (await trap.SpringAsync(passing) is var said and not Verdict.Forward) verdict = said;
        return verdict;
    }

    /// <summary>Waits for something to pass that has not passed yet.</summary>
    /// <param name="when">Which.</param>
    /// <param name="act">Done before it goes on; decides how.</param>
    /// <param name="patience">How long to wait.</param>
    /// <returns>Null where it did not come.</returns>
    public Task<Passing?> TrapAsync(Func<Passing, bool> when, Func<Passing, Task<Verdict>> act, TimeSpan patience)
    {
        Trap trap = new(when, act);
        lock (gate) traps.Add(trap);
        return WaitAsync(trap, patience);
    }

    /// <summary>The next that passes.</summary>
    public Task<Passing?> NextAsync(Func<Passing, bool> when, TimeSpan patience) => TrapAsync(when, _ => Task.FromResult(Verdict.Forward), patience);

    /// <summary>The first that has passed since the run began, or the next that does.</summary>
    public Task<Passing?> FirstAsync(Func<Passing, bool> when, TimeSpan patience)
    {
        Trap trap = new(when, _ => Task.FromResult(Verdict.Forward));
        lock (gate)
        {
            if (seen.Find(passing => when(passing)) is { } already) return Task.FromResult<Passing?>(already);
            traps.Add(trap);
        }
        return WaitAsync(trap, patience);
    }

    private async Task<Passing?> WaitAsync(Trap trap, TimeSpan patience)
    {
        await Task.WhenAny(trap.Sprung, Task.Delay(patience));
        lock (gate) traps.Remove(trap);
        return trap.Sprung.IsCompletedSuccessfully ? await trap.Sprung : null;
    }

    private sealed class Trap(Func<Passing, bool> when, Func<Passing, Task<Verdict>> act)
    {
        private readonly TaskCompletionSource<Passing> sprung = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Func<Passing, bool> When => when;

        public Task<Passing> Sprung => sprung.Task;

        public async Task<Verdict> SpringAsync(Passing passing)
        {
            try { return await act(passing); }
            finally { sprung.TrySetResult(passing); }
        }
    }
}
