namespace Das.Control.Runs;

/// <summary>How a process takes part in driving runs.</summary>
public sealed record ControlOptions
{
    /// <summary>This process has a bus and the saga, so the runs it starts are driven here. False for a mere look at the registry.</summary>
    public bool Drive { get; init; } = true;

    /// <summary>Take over unfinished runs whose process is gone. False where a command is about one run only.</summary>
    public bool Adopt { get; init; } = true;

    /// <summary>What the device <c>auto</c> stands for in the recipes of runs that begin here.</summary>
    public Func<string> AutoDevice { get; init; } = () => "cpu";

    /// <summary>What the precision <c>auto</c> stands for there on a device.</summary>
    public Func<string, string> AutoPrecision { get; init; } = _ => "float32";

    /// <summary>
    /// A recipe's canonical JSON with the revisions of models on a hub decided, asked for where a run is queued: it then names commits. It throws the
    /// sentence for whoever asks for a run of a model that is not there.
    /// </summary>
    public Func<string, CancellationToken, Task<string>> Decided { get; init; } = (recipe, _) => Task.FromResult(recipe);

    /// <summary>How often the registry is looked at for new wishes.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A run without news for so long gets its command published again; the time doubles with each attempt.</summary>
    public TimeSpan Watchdog { get; init; } = TimeSpan.FromMinutes(10);
}
