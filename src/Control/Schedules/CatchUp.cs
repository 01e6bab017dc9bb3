namespace Das.Control.Schedules;

/// <summary>
/// What becomes of the times that have come since a schedule was last looked at. The latest one, if it has just come, fires
/// under every policy; those before it were missed, because nothing ran that could have started them.
/// </summary>
public static class CatchUp
{
    /// <summary>One firing, the latest, stands for all that were missed.</summary>
    public const string Once = "once";

    /// <summary>Every missed firing is made up for, one after the other; of a long downtime the latest <see cref="MostMadeUpFor"/>.</summary>
    public const string All = "all";

    /// <summary>Missed firings are left out.</summary>
    public const string None = "none";

    public const int MostMadeUpFor = 50;

    /// <summary>How late a firing may be without counting as missed.</summary>
    public static readonly TimeSpan Punctual = TimeSpan.FromMinutes(2);

    public static readonly string[] Policies = [Once, All, None];

    /// <param name="schedule">Which schedule.</param>
    /// <param name="due">The times since the last look, in order, UTC.</param>
    /// <param name="busy">An earlier firing of the schedule has not ended, or waits.</param>
    /// <param name="now">UTC.</param>
    /// <returns>The firings to note: <c>waiting</c> for their start, or <c>left out</c> with a sentence.</returns>
    public static IReadOnlyList<FiringRow> Decide(ScheduleRow schedule, IReadOnlyList<DateTime> due, bool busy, DateTime now)
    {
        if (due.Count == 0) return [];
        bool punctual = now - due[^1] <= Punctual;
        IReadOnlyList<DateTime> missed = punctual ? [.. due.SkipLast(1)] : due;
        List<FiringRow> rows = schedule.CatchUp switch
        {
            All => [.. missed.TakeLast(MostMadeUpFor).Select(time => Waiting(time, null))],
            Once when !punctual => [busy ? LeftOut(missed[^1], Busy)
                : Waiting(missed[^1], missed.Count > 1 ? Missed(missed, "this one stands for all of them") : null)],
            None when missed.Count > 0 => [LeftOut(missed[^1], Missed(missed, "left out, as this schedule's catch-up policy says"))],
            _ => [],
        };
        if (punctual) rows.Add(busy ? LeftOut(due[^1], Busy) : Waiting(due[^1], null));
        return rows;

        FiringRow Waiting(DateTime time, string? sentence) => New(time, FiringOutcome.Waiting, sentence);
        FiringRow LeftOut(DateTime time, string sentence) => New(time, FiringOutcome.LeftOut, sentence);
        FiringRow New(DateTime time, string outcome, string? sentence) =>
            new() { ScheduleId = schedule.Id, Due = time, Fired = now, Outcome = outcome, Sentence = sentence };
    }

    private const string Busy = "The re-evaluation before it had not ended.";

    private static string Missed(IReadOnlyList<DateTime> missed, string what)
    {
        string first = missed[0].ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return (missed.Count == 1 ? $"The firing of {first} UTC" : $"{missed.Count} firings, the first of {first} UTC,")
            + $" fell into a time when nothing was running: {what}.";
    }
}

/// <summary>What <see cref="FiringRow.Outcome"/> can be.</summary>
public static class FiringOutcome
{
    /// <summary>It starts when the firing before it has ended.</summary>
    public const string Waiting = "waiting";

    public const string Started = "started", LeftOut = "left out", Passed = "passed", Dropped = "dropped", Failed = "failed";

    /// <summary>It has its scores, but nothing that a paired test could hold them against.</summary>
    public const string NotCompared = "not compared";

    /// <summary>The outcomes of a re-evaluation that later ones are compared with: after a drop the level before it stays the measure.</summary>
    public static readonly string[] Measures = [Passed, NotCompared];

    /// <summary>The outcomes of a firing that is still to end.</summary>
    public static readonly string[] Open = [Waiting, Started];
}
