using System.Data.Common;
using System.Diagnostics.Metrics;
using Das.Control.Progress;
using Das.Control.Runs;

namespace Das.Control.Telemetry;

/// <summary>
/// The runs in numbers, read from the registry when somebody asks, so that runs driven by other processes count as well: how many
/// are in which state, how old the oldest news of an unfinished one is, and, since this process began, how long stages took and how
/// many failed.
/// </summary>
public sealed class RunMetrics
{
    public const string MeterName = "Das.Admin";

    /// <summary>From a second to two days.</summary>
    private static readonly double[] seconds = [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 172_800];

    private readonly IDbContextFactory<RegistryContext> _registry;
    private readonly RunProgress _progress;
    private readonly Histogram<double> _durations;
    private readonly Counter<long> _failures;
    private DateTime _counted = DateTime.UtcNow;

    public RunMetrics(IMeterFactory meters, IDbContextFactory<RegistryContext> registry, RunProgress progress)
    {
        (_registry, _progress) = (registry, progress);
        Meter meter = meters.Create(MeterName);
        _durations = meter.CreateHistogram<double>("das.stage.duration", "s", "How long stages took that were computed.",
            advice: new() { HistogramBucketBoundaries = seconds });
        _failures = meter.CreateCounter<long>("das.stage.failures", description: "Stages that failed.");
        meter.CreateObservableGauge("das.runs", States, description: "Runs by state.");
        meter.CreateObservableGauge("das.runs.waiting", Waiting,
            description: "Runs that wait for their start or for their end or for a retry that was asked for.");
        meter.CreateObservableGauge("das.progress.age", Silence, "s", "How long ago the unfinished run without news for longest was heard of.");
    }

    private IEnumerable<Measurement<long>> States() => Read(Array.Empty<Measurement<long>>(), rows =>
    {
        CountStages(rows);
        Dictionary<RunStatus, int> counts = rows.Runs.GroupBy(run => run.State).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionary(group => group.Key, group => group.Count);
        return [.. Enum.GetValues<RunStatus>()
            .Select(state => new Measurement<long>(counts.GetValueOrDefault(state), KeyValuePair.Create("state", (object?)state.ToString())))];
    });

    private long Waiting() => Read(0, rows =>
        rows.Runs.Count(run => run.State == RunStatus.Queued || run.RetryRequested || run.CancelRequested && !RunRow.Ended.Contains(run.State)));

    private double Silence() => Read(0.0, rows =>
    {
        DateTime now = DateTime.UtcNow;
        var unfinished = rows.Runs.Where(run => !RunRow.Ended.Contains(run.State)).Select(run => new { run.Id, run.Updated }).ToList();
        return unfinished.Select(run => (now - (_progress.Last(run.Id)?.At is { } heard && heard > run.Updated ? heard : run.Updated)).TotalSeconds)
            .DefaultIfEmpty(0).Max();
    });

    private void CountStages(RegistryContext rows)
    {
        List<StageRow> ended = rows.Stages.AsNoTracking().Where(stage => stage.Finished > _counted).OrderBy(stage => stage.Finished).ToList();
        foreach (StageRow stage in ended)
        {
            KeyValuePair<string, object?> name = new("stage", stage.Stage);
            if (stage.State == StageStatus.Failed) _failures.Add(1, name);
            if (stage is { State: StageStatus.Finished, Reused: false, Started: { } began, Finished: { } finished })
                _durations.Record((finished - began).TotalSeconds, name);
        }
        if (ended is [.., { Finished: { } last }]) _counted = last;
    }

    /// <summary>A registry that cannot be read is the health check's to tell, not a reason to give no metrics.</summary>
    private T Read<T>(T otherwise, Func<RegistryContext, T> read)
    {
        try
        {
            using RegistryContext rows = _registry.CreateDbContext();
            return read(rows);
        }
        catch (DbException) { return otherwise; }
    }
}
