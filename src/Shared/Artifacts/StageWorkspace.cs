using Das.Benchmarks.Raw;

namespace Das.Artifacts;

/// <summary>What a stage is asked to do.</summary>
/// <param name="RunId">The run that asks.</param>
/// <param name="Stage">The stage's name.</param>
/// <param name="Version">Raised whenever the stage's code gives another result for the same inputs.</param>
/// <param name="RecipePart">What the stage reads of the recipe.</param>
/// <param name="InputDigests">Digests of what it reads from disk, in the order in which it uses them.</param>
/// <param name="Fresh">Compute anew for this run, in a folder of its own.</param>
/// <param name="Step">What progress is reported under: the stage's name, with the branch where it has several; null for the name alone.</param>
public sealed record StageRequest(Guid RunId, string Stage, int Version, JsonNode RecipePart, IReadOnlyList<string> InputDigests, bool Fresh,
    string? Step = null)
{
    /// <summary>The run's whole recipe as canonical JSON, to be kept beside the result.</summary>
    public string Recipe { get; init; } = "";

    /// <summary>Those of its inputs that are results of other stages: every file of theirs is verified before the work begins.</summary>
    public IReadOnlyList<ArtifactRef> Inputs { get; init; } = [];

    /// <inheritdoc cref="StageCommand.Distrusted"/>
    public IReadOnlyList<string> Distrusted { get; init; } = [];

    /// <summary>How often a person has asked for it in this run; a higher one begins counting lost processes anew.</summary>
    public int Attempt { get; init; }

    /// <summary>The folder's name. A fresh one carries the run's id: the same run resumes it, no other run sees it.</summary>
    public string Key => StageKey.Compute(Stage, Version, RecipePart, InputDigests) + (Fresh ? $"-{RunId:N}" : "");
}

/// <summary>What a stage has made: the files to keep, relative to its folder with forward slashes, and a few facts.</summary>
public sealed record StageOutcome(IReadOnlyList<string> Files, JsonObject Facts)
{
    /// <summary>What of its input the stage did not use, or not whole; becomes a fact where there is any.</summary>
    public LeftOutRows LeftOut { get; init; } = [];
}

/// <summary>A finished stage.</summary>
/// <param name="Result">What it left behind.</param>
/// <param name="Artifact">The reference to its <c>result.json</c>, which the stage's event carries.</param>
/// <param name="Reused">It had been finished before.</param>
public sealed record StageFinished(StageResult Result, ArtifactRef Artifact, bool Reused)
{
    /// <summary>How often its work was begun, the last time included; 0 where it was reused.</summary>
    public int Deliveries { get; init; }

    /// <summary>The run for which it was made; null where that is not known (results of early builds).</summary>
    public Guid? MadeFor { get; init; }
}

/// <summary>Takes a stage's progress; called at most once a second, one call at a time.</summary>
public delegate Task ProgressSink(StageProgressed progress, CancellationToken cancellation);

/// <summary>A stage's own folder while it works, and its way to say how far it is.</summary>
public sealed class StageWorkspace(Guid runId, string stage, string folder, ProgressSink sink, CancellationToken cancellation)
{
    /// <summary>The file of <see cref="Log"/>.</summary>
    public const string LogName = "log.txt";

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private Task _sending = Task.CompletedTask;
    private readonly ProcessUse _use = new();
    private long? _last;

    public Guid RunId => runId;

    /// <summary>
    /// <c>{root}/{stage}/{key}</c>. What an owner that died or was cancelled left here is still here: begin by looking
    /// for it. Nothing here counts as finished before the stage returns.
    /// </summary>
    public string Folder => folder;

    /// <summary>How often this work was begun without coming to an end, this time included.</summary>
    public int Deliveries { get; internal set; }

    /// <summary>What the work computes on, and with how many threads, for the record; null where it computes nothing.</summary>
    public (string Device, int Threads)? ComputesOn { get; set; }

    /// <summary>The absolute path of a file in <see cref="Folder"/>.</summary>
    public string File(string name) => Path.Combine(folder, name);

    /// <summary>A folder of the store for files that several stages use, each named after all it depends on.</summary>
    public string Shared(string kind) => Path.GetFullPath(Path.Combine(folder, "..", "..", kind));

    /// <summary>Says how far the stage is. Cheap enough for every step: at most one report a second leaves the process.</summary>
    /// <param name="done">Units done (images, micro-steps, samples).</param>
    /// <param name="total">Units in all; 0 if unknown.</param>
    /// <param name="note">A few words: the current loss, the file being read.</param>
    /// <param name="values">Points of the stage's curves, asked for only if the report leaves; what the process uses is added.</param>
    /// <param name="layers">Points of curves that every candidate layer has one of, likewise.</param>
    public void Report(long done, long total, string note = "", Func<IEnumerable<KeyValuePair<string, double>>>? values = null,
        Func<Dictionary<string, double[]>>? layers = null)
    {
        lock (_gate)
        {
            if (!_sending.IsCompleted || _last is { } last && Stopwatch.GetElapsedTime(last) < Pace) return;
            _last = Stopwatch.GetTimestamp();
            _sending = SendAsync(new StageProgressed(runId, stage, done, total, note, new(_use.Since().Concat(values?.Invoke() ?? [])),
                layers?.Invoke()));
        }
    }

    /// <summary>Says which of the files that were written earlier is compared with its digest.</summary>
    internal void Checking(string file) => Report(0, 0, $"checking {file}");

    /// <summary>Keeps a sentence about the work in the folder's <c>log.txt</c>, and sends it at once.</summary>
    /// <exception cref="OwnershipLost">Another works in the folder now.</exception>
    public void Log(string sentence)
    {
        AtomicFile.RequireRight();
        System.IO.File.AppendAllText(File(LogName), string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:u} {sentence}\n"));
        lock (_gate)
        {
            Task before = _sending;
            _sending = SendAfterAsync(before, new StageProgressed(runId, stage, 0, 0, sentence, [], null));
        }
    }

    private async Task SendAfterAsync(Task before, StageProgressed progress)
    {
        await before;
        await SendAsync(progress);
    }

    private async Task SendAsync(StageProgressed progress)
    {
        try { await sink(progress, cancellation); }
        catch (Exception) { /* Progress is a courtesy: losing one must not end the work. */ }
    }
}
