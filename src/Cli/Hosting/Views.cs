using System.Text.Json.Serialization;

namespace Das.Cli.Hosting;

/// <summary>One stage of one run.</summary>
/// <param name="Stage">The stage, with its branch where it has several.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Started">When its command was sent; null before.</param>
/// <param name="Ended">When its event came; null before.</param>
/// <param name="Reused">An earlier run had computed it.</param>
/// <param name="Result">The result's path below DAS_HOME.</param>
/// <param name="Missing">What of its input the stage did not use, or not whole; null where it used all of it, and in lists.</param>
/// <param name="Making">By which build, where and when its result was made; null where that is not known, and in lists.</param>
public sealed record StageView(string Stage, RunStatus Status, DateTimeOffset? Started = null, DateTimeOffset? Ended = null, bool Reused = false,
    string? Result = null, string? Missing = null, StageMaking? Making = null);

/// <summary>One run as lists and <c>das show</c> print it.</summary>
/// <param name="Id">The run.</param>
/// <param name="Name">What it was started as, usually its recipe's name.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Started">When it was started.</param>
public sealed record RunView(Guid Id, string Name, RunStatus Status, DateTimeOffset Started)
{
    /// <summary>The whole recipe as canonical JSON; it is not printed.</summary>
    [JsonIgnore]
    public string Recipe { get; init; } = "";

    /// <summary>What its decoder's frozen matrices are multiplied in; null where the recipe does not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Precision { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>The layers left out, once the search has ended.</summary>
    public int[]? SkipModule { get; init; }

    /// <summary>The evaluation's numbers.</summary>
    [JsonPropertyName("numbers")]
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>The same, one number a name.</summary>
    [JsonPropertyName("metrics")]
    public IReadOnlyDictionary<string, double> Flat => Metrics.Flat();

    public IReadOnlyList<StageView> Stages { get; init; } = [];

    /// <summary>Why it failed, as a sentence.</summary>
    public string? Error { get; init; }

    /// <summary>False where the run failed for its recipe's values: only another recipe can do better.</summary>
    public bool RetryHelps { get; init; } = true;

    /// <summary>Path of <c>report.json</c>, once the run is complete.</summary>
    public string? Report { get; init; }

    /// <summary>The result of its fine-tune stage.</summary>
    [JsonIgnore]
    public ArtifactRef? Finetuned { get; init; }

    /// <summary>The result of its evaluate stage.</summary>
    [JsonIgnore]
    public ArtifactRef? Evaluation { get; init; }

    /// <summary>As comparisons see it.</summary>
    [JsonIgnore]
    public EvaluatedRun Evaluated => new(Id, Name, Status, Status == RunStatus.Completed, Recipe, Metrics, Report) { Evaluation = Evaluation };
}

/// <summary>How far a stage has come.</summary>
/// <param name="Stage">A stage, or pretrain.</param>
/// <param name="Status">Running while it works; a stage that was reused goes straight to Completed.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all; 0 if unknown.</param>
/// <param name="Note">A few words: the loss, the file being read, "reused".</param>
public sealed record ProgressView(string Stage, RunStatus Status, long Done, long Total, string Note);
