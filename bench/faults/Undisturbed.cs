namespace Das.Disturbances;

/// <summary>A run that nothing happened to.</summary>
/// <param name="Bits">What it computed.</param>
/// <param name="Stages">How long each stage kept its command.</param>
/// <param name="Whole">How long all of it took.</param>
internal sealed record Undisturbed(SortedDictionary<string, string> Bits, IReadOnlyDictionary<string, TimeSpan> Stages, TimeSpan Whole)
{
    /// <exception cref="DasException">It did not complete.</exception>
    public static async Task<Undisturbed> MeasureAsync(Fleet fleet, Tiny recipe)
    {
        Undisturbed? last = null;
        for (int i = 0; i < 2; i++) // the first one warms the processes up
        {
            fleet.Traffic.Begin([]);
            Stopwatch whole = Stopwatch.StartNew();
            Guid id = await fleet.Site.StartAsync(recipe.Request($"undisturbed {recipe.Name} {i}", fresh: true));
            JsonObject? run = await Runs.EndedAsync(fleet.Site, id, TimeSpan.FromMinutes(3));
            if (Runs.StateOf(run) != Runs.Completed)
                throw new DasException(ErrorKind.Machine, $"The undisturbed run of '{recipe.Name}' did not complete: {run}");
            Undisturbed now = new(Disturbances.Bits.Of(run!, fleet.Artifacts.Folder), Lasted(fleet.Traffic.Seen), whole.Elapsed);
            if (last is not null && Disturbances.Bits.Different(now.Bits, last.Bits) is { Count: > 0 } different)
                throw new DasException(ErrorKind.Machine, $"Two undisturbed runs of '{recipe.Name}' differ in {string.Join(", ", different)}.");
            last = now;
            fleet.Traffic.Begin([id]);
        }
        return last!;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Whole.TotalSeconds:0.0} s: {string.Join(", ", Stages.Select(stage => $"{stage.Key} {stage.Value.TotalSeconds:0.00}"))}");

    private static Dictionary<string, TimeSpan> Lasted(IReadOnlyList<Passing> seen) => PipelineStages.Das.Names.ToDictionary(stage => stage, stage =>
        seen.First(passing => passing.Act == Act.Publish && passing.Message?.Answers == stage).At
        - seen.First(passing => passing.Act == Act.Deliver && passing.Message?.Asks == stage).At);
}

/// <summary>How runs stand, as the API tells it.</summary>
internal static class Runs
{
    public const string Completed = nameof(RunStatus.Completed), Failed = nameof(RunStatus.Failed),
        Cancelled = nameof(RunStatus.Cancelled);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    public static string? StateOf(JsonObject? run) => run?["state"]?.GetValue<string>();

    public static bool HasEnded(JsonObject? run) =>
        StateOf(run) is Completed or Failed or Cancelled && run!["retryRequested"]?.GetValue<bool>() != true;

    /// <summary>The run once it has ended, or as it stands when patience is over; null where the registry does not know it.</summary>
    public static async Task<JsonObject?> EndedAsync(Site site, Guid id, TimeSpan patience)
    {
        for (long begun = Stopwatch.GetTimestamp(); ; await Task.Delay(Pause))
            if (await site.RunAsync(id) is var run && (run is null || HasEnded(run) || Stopwatch.GetElapsedTime(begun) > patience)) return run;
    }
}
