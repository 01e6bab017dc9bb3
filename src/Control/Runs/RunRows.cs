namespace Das.Control.Runs;

/// <summary>A run as people see it. Its saga writes it; <see cref="RunRegistry"/> writes only the wishes.</summary>
public sealed class RunRow
{
    public static readonly IReadOnlyList<RunStatus> Ended = [RunStatus.Completed, RunStatus.Failed, RunStatus.Cancelled];

    public Guid Id { get; set; }
    public string Name { get; set; } = "";
    public string Recipe { get; set; } = "";

    /// <summary>What the recipe calls itself, its backbone and its benchmark: what lists are filtered by.</summary>
    public string RecipeName { get; set; } = "";

    public string Backbone { get; set; } = "";
    public string Benchmark { get; set; } = "";

    /// <summary>Words that people gave it, each once, in ordinal order, with one space between them and around: <c> baseline seed-study </c>.</summary>
    public string Tags { get; set; } = "";

    public string Notes { get; set; } = "";
    public RunStatus State { get; set; }
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

/// <summary>A stage of a run, or one of its branches.</summary>
public sealed class StageRow
{
    public Guid RunId { get; set; }

    /// <summary>A step's name: the stage's, with its branch where it has several.</summary>
    public string Stage { get; set; } = "";

    public StageStatus State { get; set; }
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

/// <summary>One curve of a run's stage: <c>loss</c>, <c>learningRate</c>, <c>preference 3</c>, <c>memory</c>.</summary>
public sealed class SeriesRow
{
    public int Id { get; set; }
    public Guid RunId { get; set; }
    public string Stage { get; set; } = "";
    public string Name { get; set; } = "";
}

/// <summary>A point of a curve; <see cref="Step"/> counts the units of the stage's progress.</summary>
public sealed class PointRow
{
    public int SeriesId { get; set; }
    public long Step { get; set; }
    public double Value { get; set; }
}

/// <summary>A line of a run's log.</summary>
public sealed class LogRow
{
    public long Id { get; set; }
    public Guid RunId { get; set; }
    public DateTime At { get; set; }
    public string Stage { get; set; } = "";
    public string Text { get; set; } = "";
}

/// <summary>A re-evaluation that comes back; the truth about schedules, of which Hangfire only holds a copy.</summary>
public sealed class ScheduleRow
{
    public Guid Id { get; set; }
    public string Name { get; set; } = "";

    /// <summary>Five fields: minute, hour, day of the month, month, day of the week.</summary>
    public string Cron { get; set; } = "";

    /// <summary>IANA name of the time zone that <see cref="Cron"/> is meant in.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>The run whose checkpoint is evaluated again; or none, where the best run of <see cref="RecipeName"/> is.</summary>
    public Guid? RunId { get; set; }

    public string? RecipeName { get; set; }

    /// <summary>The metric by which runs are ranked and drops are judged.</summary>
    public string Metric { get; set; } = "accuracy";

    /// <summary>What becomes of firings that fell into a downtime: <c>once</c> (the latest), <c>all</c> or <c>none</c>.</summary>
    public string CatchUp { get; set; } = "once";

    /// <summary>Where a significant drop is posted to as JSON; none by default.</summary>
    public string? Webhook { get; set; }

    public bool Paused { get; set; }
    public DateTime Created { get; set; }

    /// <summary>Firings up to this time (UTC) are settled.</summary>
    public DateTime Settled { get; set; }
}

/// <summary>One firing of a schedule and what the re-evaluation found.</summary>
public sealed class FiringRow
{
    public long Id { get; set; }
    public Guid ScheduleId { get; set; }

    /// <summary>When it was due, UTC; a schedule fires at most once for each time.</summary>
    public DateTime Due { get; set; }

    public DateTime Fired { get; set; }

    /// <summary>The run it started; none where it was left out.</summary>
    public Guid? RunId { get; set; }

    /// <summary><c>started</c>, <c>left out</c>, <c>passed</c>, <c>dropped</c> or <c>failed</c>.</summary>
    public string Outcome { get; set; } = "";

    /// <summary>Why it was left out or failed, or what dropped, as a sentence.</summary>
    public string? Sentence { get; set; }

    /// <summary>The run it was compared with.</summary>
    public Guid? ComparedWith { get; set; }

    public double? Before { get; set; }
    public double? After { get; set; }
    public double? PValue { get; set; }
}

/// <summary>Who may sign in.</summary>
public sealed class UserRow
{
    public string Name { get; set; } = "";
    public string PasswordHash { get; set; } = "";

    /// <summary><c>viewer</c> or <c>operator</c>.</summary>
    public string Role { get; set; } = "";

    /// <summary>Changes with the password and the role; a session begun under another one has ended.</summary>
    public string Stamp { get; set; } = "";

    public DateTime Created { get; set; }
}

/// <summary>A program's key, of which only the digest is known.</summary>
public sealed class ApiKeyRow
{
    /// <summary>SHA-256 of the key in lower-case hexadecimal.</summary>
    public string Sha256 { get; set; } = "";

    public string Name { get; set; } = "";
    public string Role { get; set; } = "";
    public DateTime Created { get; set; }
    public DateTime? Used { get; set; }
}
