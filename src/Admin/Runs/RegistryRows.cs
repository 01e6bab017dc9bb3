namespace Das.Admin.Runs;

/// <summary>A run as people see it. Its saga writes it; <see cref="RunRegistry"/> writes only the wishes.</summary>
public sealed class RunRow
{
    /// <summary>The state of a run that no saga has taken up yet.</summary>
    public const string Queued = "Queued";

    public static readonly string[] Ended = [nameof(RunStateMachine.Completed), nameof(RunStateMachine.Failed), nameof(RunStateMachine.Cancelled)];

    public Guid Id { get; set; }
    public string Name { get; set; } = "";
    public string Recipe { get; set; } = "";
    public string State { get; set; } = Queued;
    public bool Fresh { get; set; }

    /// <summary>The results the run was given, as JSON of <see cref="Contracts.GivenResults"/>.</summary>
    public string? Given { get; set; }

    public string? Error { get; set; }
    public bool CancelRequested { get; set; }
    public bool RetryRequested { get; set; }
    public DateTime Created { get; set; }
    public DateTime Updated { get; set; }
    public DateTime? Finished { get; set; }
}

/// <summary>A stage of a run: <c>running</c>, <c>finished</c>, <c>failed</c>, <c>cancelled</c> or <c>given</c>.</summary>
public sealed class StageRow
{
    public const string Running = "running", Done = "finished", FailedState = "failed", CancelledState = "cancelled", Given = "given";

    public Guid RunId { get; set; }
    public string Stage { get; set; } = "";
    public string State { get; set; } = Running;
    public string? Key { get; set; }

    /// <summary>Another run had made the result before.</summary>
    public bool Reused { get; set; }

    public DateTime? Started { get; set; }
    public DateTime? Finished { get; set; }
    public string? Error { get; set; }
}

/// <summary>A finished stage's <c>result.json</c>.</summary>
public sealed class ArtifactRow
{
    public string Uri { get; set; } = "";
    public string Sha256 { get; set; } = "";
    public long Bytes { get; set; }
    public string Stage { get; set; } = "";
}

/// <summary>One of the few numbers that lists of runs show.</summary>
public sealed class MetricRow
{
    public Guid RunId { get; set; }
    public string Name { get; set; } = "";
    public double Value { get; set; }
}

/// <summary>An artifact was made from an input artifact.</summary>
public sealed class LineageRow
{
    public string Artifact { get; set; } = "";
    public string Input { get; set; } = "";
}
