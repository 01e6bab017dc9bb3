namespace Das.Bus;

/// <summary>
/// One trace for each run, whose id is the run's: whichever process works on a stage, and however often its command is delivered,
/// published again or retried, its span stands in that trace.
/// </summary>
public static class RunTracing
{
    /// <summary>What exporters subscribe to.</summary>
    public const string SourceName = "Das.Pipeline";

    public const string Run = "das.run.id", Stage = "das.stage", Key = "das.stage.key", Reused = "das.stage.reused", Outcome = "das.outcome";

    private static readonly ActivitySource source = new(SourceName);

    /// <summary>The trace of a run.</summary>
    public static ActivityTraceId TraceOf(Guid runId) => ActivityTraceId.CreateFromBytes(runId.ToByteArray(bigEndian: true));

    /// <summary>A stage's span; null where nobody exports. Its outcome is <c>retried</c> until somebody says otherwise.</summary>
    internal static Activity? Begin(Guid runId, string stage) =>
        source.StartActivity(stage, ActivityKind.Consumer, new ActivityContext(TraceOf(runId), default, ActivityTraceFlags.Recorded, isRemote: true))
            ?.SetTag(Run, runId.ToString("N")).SetTag(Stage, stage).SetTag(Outcome, "retried");
}
