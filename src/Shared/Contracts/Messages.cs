using System.Text.Json.Serialization;
using MassTransit;

namespace Das.Contracts;

/// <summary>What the commands of all stages have. No message of its own: nothing is sent or bound under this name.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Recipe">The whole recipe as canonical JSON.</param>
/// <param name="Fresh">Compute the stage anew.</param>
[ExcludeFromTopology]
public abstract record StageCommand(Guid RunId, string Recipe, bool Fresh)
{
    /// <summary>Which of the stage's parallel commands this is, without a colon; null where the stage has one.</summary>
    public string? Branch { get; init; }

    /// <summary>The run's attempt that asks, counted from 1: a retry begins the next. Its answer carries the same number.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The stage's version that the run counts on; a worker of another version refuses. 0, in commands that only name the work: whichever.</summary>
    public int StageVersion { get; init; }

    /// <summary>SHA-256 of results that lie in the store and are not those the registry knows: none of them is an answer.</summary>
    public IReadOnlyList<string> Distrusted { get; init; } = [];
}

/// <summary>What the events of all stages have. No message of its own either.</summary>
/// <param name="RunId">The run.</param>
[ExcludeFromTopology]
public abstract record StageEvent(Guid RunId)
{
    /// <summary>Its command's.</summary>
    public string? Branch { get; init; }

    /// <summary>Its command's.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The result had been finished before the command came.</summary>
    public bool Reused { get; init; }

    /// <summary>The run for which the result was made; null where that is not known (results of early builds).</summary>
    public Guid? MadeFor { get; init; }

    /// <summary>How often the work on it was begun.</summary>
    public int Deliveries { get; init; } = 1;
}

/// <summary>A finished file in the artifact store: where it lies and what it must contain.</summary>
/// <param name="Uri">Path relative to the store's root, with forward slashes: <c>search/3f…/result.json</c>.</param>
/// <param name="Sha256">Lower-case hexadecimal digest of the file's bytes.</param>
/// <param name="Bytes">Length of the file.</param>
public sealed record ArtifactRef(string Uri, string Sha256, long Bytes);

/// <summary>Starts a run of <paramref name="Recipe"/> (the whole recipe as canonical JSON) at its first stage.</summary>
/// <param name="RunId">Chosen by the sender: the same id sent twice starts one run.</param>
/// <param name="Recipe">The recipe as canonical JSON, every default filled in.</param>
/// <param name="Fresh">Compute every stage anew instead of reusing finished ones.</param>
/// <param name="Given">Results to start from instead of computing them; none by default.</param>
public sealed record StartRun(Guid RunId, string Recipe, bool Fresh, GivenResults? Given = null);

/// <summary>What a run need not compute: it starts at the first stage whose result is not given (a re-evaluation gives all three).</summary>
public sealed record GivenResults(ArtifactRef? Dataset = null, int[]? SkipModule = null, ArtifactRef? Checkpoint = null);

/// <summary>Goes on with a failed or cancelled run from the stage where it ended.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">The attempt that ended; null for the present one. Where another has begun since, nothing happens.</param>
public sealed record RetryRun(Guid RunId, int? Attempt = null);

/// <summary>Asks every worker to end the run's work within one optimizer step.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">Up to which attempt; null for what is under way at this moment.</param>
public sealed record CancelRun(Guid RunId, int? Attempt = null);

/// <summary>Turn the benchmark's raw files into verified Arrow tables.</summary>
public sealed record IngestDataset(Guid RunId, string Recipe, bool Fresh) : StageCommand(RunId, Recipe, Fresh);

/// <summary>Find which candidate layers <paramref name="Recipe"/>'s task can do without.</summary>
public sealed record SearchArchitecture(Guid RunId, string Recipe, bool Fresh, ArtifactRef Dataset) : StageCommand(RunId, Recipe, Fresh);

/// <summary>Train adapters and head with the layers in <paramref name="SkipModule"/> replaced.</summary>
public sealed record FinetuneModel(Guid RunId, string Recipe, bool Fresh, ArtifactRef Dataset, int[] SkipModule) : StageCommand(RunId, Recipe, Fresh);

/// <summary>Score a fine-tuned checkpoint and measure its cost.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Recipe">The whole recipe as canonical JSON.</param>
/// <param name="Fresh">Compute the stage anew.</param>
/// <param name="Dataset">The ingest stage's result.</param>
/// <param name="SkipModule">The layers that the search chose: a checkpoint without other layers is refused.</param>
/// <param name="Checkpoint">The fine-tune stage's result.</param>
public sealed record EvaluateModel(Guid RunId, string Recipe, bool Fresh, ArtifactRef Dataset, int[] SkipModule, ArtifactRef Checkpoint)
    : StageCommand(RunId, Recipe, Fresh);

/// <summary>The dataset is ready; <paramref name="Dataset"/> is the ingest stage's result.</summary>
public sealed record DatasetIngested(Guid RunId, ArtifactRef Dataset) : StageEvent(RunId);

/// <summary>The search has ended; <paramref name="Search"/> holds the preferences over time (null where the choice
/// was given), <paramref name="SkipModule"/> the choice.</summary>
public sealed record ArchitectureFound(Guid RunId, ArtifactRef? Search, int[] SkipModule) : StageEvent(RunId);

/// <summary>The model is trained; <paramref name="Checkpoint"/> is the fine-tune stage's result.</summary>
public sealed record ModelFinetuned(Guid RunId, ArtifactRef Checkpoint) : StageEvent(RunId);

/// <summary>The model is scored; <paramref name="Report"/> is the evaluate stage's result.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Report">The evaluate stage's result.</param>
/// <param name="Metrics">The few numbers a list of runs shows.</param>
public sealed record ModelEvaluated(Guid RunId, ArtifactRef Report, [property: JsonConverter(typeof(MetricsJson))] IReadOnlyList<Metric> Metrics)
    : StageEvent(RunId);

/// <summary>A stage gave up.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Stage">The stage's name, with the branch where it has several: <c>audit:a</c>.</param>
/// <param name="Error">The sentence a person needs.</param>
/// <param name="RetryHelps">False where only another recipe can do better.</param>
/// <param name="Attempt">Its command's; null for the present one. A failure of an earlier attempt changes nothing.</param>
public sealed record StageFailed(Guid RunId, string Stage, string Error, bool RetryHelps = true, int? Attempt = null);

/// <summary>A stage stopped because its run was cancelled; what it had done so far can be resumed.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Stage">The stage, with its branch where it has several.</param>
/// <param name="Attempt">Its command's.</param>
public sealed record StageCancelled(Guid RunId, string Stage, int Attempt);

/// <summary>A stage cannot begin, because a result that its command names is missing or is not what it was: the stage that made it does so again.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Stage">The stage that cannot begin, with its branch where it has several.</param>
/// <param name="Artifact">The result.</param>
/// <param name="Sentence">What is wrong with it.</param>
/// <param name="Attempt">The command's.</param>
public sealed record ArtifactDamaged(Guid RunId, string Stage, ArtifactRef Artifact, string Sentence, int Attempt);

/// <summary>How far a stage has come; published at most once a second and never persisted by the saga.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Stage">The stage at work, with its branch where it has several.</param>
/// <param name="Done">Units done (images, micro-steps, samples).</param>
/// <param name="Total">Units in all; 0 if unknown.</param>
/// <param name="Note">A few words: the current loss, the file being read.</param>
/// <param name="Values">Points of the stage's curves at <paramref name="Done"/>, by <see cref="CurveNames"/>.</param>
/// <param name="Layers">The same of curves that every candidate layer has one of: name → a point a layer.</param>
public sealed record StageProgressed(Guid RunId, string Stage, long Done, long Total, string Note, Dictionary<string, double>? Values = null,
    Dictionary<string, double[]>? Layers = null);

/// <summary>A re-evaluation scored significantly less than the evaluation before it.</summary>
/// <param name="ScheduleId">The schedule that asked for it.</param>
/// <param name="Schedule">Its name.</param>
/// <param name="RunId">The re-evaluation.</param>
/// <param name="ComparedWith">The run before it.</param>
/// <param name="Metric">What was compared.</param>
/// <param name="Before">Its mean before, as a share.</param>
/// <param name="After">Its mean now.</param>
/// <param name="PValue">Of the paired two-sided test.</param>
public sealed record AccuracyDropped(Guid ScheduleId, string Schedule, Guid RunId, Guid ComparedWith, string Metric, double Before, double After,
    double PValue);
