using System.Text.Json.Serialization;
using Das.Control.Progress;
using Das.Reports.Evaluations;

namespace Das.Control.Runs;

/// <summary>A run as lists and pages show it.</summary>
/// <param name="Id">The run.</param>
/// <param name="Name">What the user called it; the recipe's name by default.</param>
/// <param name="State">How it stands; what it is at work on says <see cref="Running"/>.</param>
/// <param name="Fresh">Nothing is reused.</param>
/// <param name="Error">Why it failed, as a sentence.</param>
/// <param name="CancelRequested">A cancellation is on its way.</param>
/// <param name="RetryRequested">It has ended and is about to go on.</param>
/// <param name="Created">UTC.</param>
/// <param name="Updated">When the state changed last, UTC.</param>
/// <param name="Finished">When it ended, UTC.</param>
/// <param name="SkipModule">The layers found (or given) to be skipped.</param>
/// <param name="Stages">In the pipeline's order; only those begun or given.</param>
/// <param name="Metrics">In ordinal order of their names.</param>
/// <param name="Artifacts">Stage → its result.</param>
/// <param name="Progress">The workers' last word, where this process hears it.</param>
public sealed record RunView(
    Guid Id, string Name, RunStatus State, bool Fresh, string? Error, bool CancelRequested, bool RetryRequested, DateTime Created, DateTime Updated,
        DateTime? Finished,
    int[]? SkipModule, IReadOnlyList<StageView> Stages, [property: JsonPropertyName("numbers")] IReadOnlyList<Metric> Metrics,
        IReadOnlyDictionary<string, ArtifactRef> Artifacts,
        StageProgressed? Progress)
{
    /// <summary>The whole recipe as canonical JSON; lists do not carry it.</summary>
    [JsonIgnore]
    public string Recipe { get; init; } = "";

    /// <summary>The metrics, one number a name.</summary>
    [JsonPropertyName("metrics")]
    public IReadOnlyDictionary<string, double> Flat => Metrics.Flat();

    /// <summary>What the recipe calls itself.</summary>
    public string RecipeName { get; init; } = "";

    public string Backbone { get; init; } = "";
    public string Benchmark { get; init; } = "";

    /// <summary>Words that people gave the run.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    public string Notes { get; init; } = "";

    /// <summary>False where the run failed for its recipe's values: only another recipe can do better.</summary>
    public bool RetryHelps { get; init; } = true;

    /// <summary>How fast the stage at work goes, where this process hears its progress.</summary>
    public StagePace? Pace { get; init; }

    /// <summary>Enough of the id to name the run.</summary>
    public string ShortId => RunIds.Short(Id);

    /// <summary>Nothing more will happen to it unless somebody asks.</summary>
    public bool Ended => RunRow.Ended.Contains(State) && !RetryRequested;

    public bool Succeeded => State == RunStatus.Completed;

    /// <summary>The stages that it is at work on, or their branches.</summary>
    public IReadOnlyList<string> Running => [.. Stages.Where(stage => stage.State == StageStatus.Running).Select(stage => stage.Stage)];

    /// <summary><c>Running search</c>.</summary>
    [JsonIgnore]
    public string Standing => State == RunStatus.Running ? $"{State} {string.Join(", ", Running)}".TrimEnd() : $"{State}";

    /// <summary>As reports see it.</summary>
    public EvaluatedRun ToEvaluated() => new(Id, Name, State, Succeeded, Recipe, Metrics)
    {
        Backbone = Backbone,
        Benchmark = Benchmark,
        SkipModule = SkipModule,
        Dataset = Artifacts.GetValueOrDefault(PipelineStages.Ingest),
        Evaluation = Artifacts.GetValueOrDefault(PipelineStages.Evaluate),
    };
}

/// <summary>A stage of a run, or one of its branches: its state, its key, whether another run had made its result, how often its work was begun.</summary>
public sealed record StageView(string Stage, StageStatus State, string? Key, bool Reused, DateTime? Started, DateTime? Finished, string? Error,
    int Deliveries = 1);
