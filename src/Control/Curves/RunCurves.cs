using System.Collections.Concurrent;

namespace Das.Control.Curves;

/// <summary>One curve of a run, thinned out.</summary>
/// <param name="Stage">search, finetune, …</param>
/// <param name="Name">One of <see cref="CurveNames"/>.</param>
/// <param name="Points">By step; each is the mean of what it stands for, with the least and the largest of it.</param>
/// <param name="Layer">The candidate layer whose curve it is; null where it is no layer's.</param>
public sealed record Curve(string Stage, string Name, IReadOnlyList<CurvePoint> Points, int? Layer = null);

/// <summary>A stretch of a curve: its first step, and mean, least and largest value.</summary>
public sealed record CurvePoint(long Step, double Value, double Low, double High);

/// <summary>The curves and the log of runs in the registry.</summary>
public sealed class RunCurves(IDbContextFactory<RegistryContext> registry)
{
    private const int MostKept = 10_000;
    private static readonly TimeSpan LogPace = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<(Guid, string, string, int), int> _ids = new();
    private readonly ConcurrentDictionary<Guid, DateTime> _logged = new();

    /// <summary>Keeps the points of a report, and its note as a line of the log every ten seconds. Hearing it twice changes nothing.</summary>
    public async Task AppendAsync(StageProgressed progress)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<(int Series, double Value)> points = [];
        foreach ((string name, int layer, double value) in PointsOf(progress))
            if (double.IsFinite(value)) points.Add((await SeriesAsync(rows, progress.RunId, progress.Stage, name, layer), value));
        await using var transaction = await rows.Database.BeginTransactionAsync();
        foreach ((int series, double value) in points)
            await rows.Database.ExecuteSqlAsync($"""
                INSERT INTO Points (SeriesId, Step, Value) VALUES ({series}, {progress.Done}, {value}) ON CONFLICT DO UPDATE SET Value = excluded.Value
                """);
        DateTime now = DateTime.UtcNow;
        if (progress.Note.Length > 0 && now - _logged.GetValueOrDefault(progress.RunId) >= LogPace)
        {
            if (_logged.Count >= MostKept) _logged.Clear();
            _logged[progress.RunId] = now;
            rows.Log.Add(new() { RunId = progress.RunId, At = now, Stage = progress.Stage, Text = progress.Total > 0
                ? $"{progress.Done}/{progress.Total} {progress.Note}" : progress.Note });
            await rows.SaveChangesAsync();
        }
        await transaction.CommitAsync();
    }

    /// <summary>Every curve of a run.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="most">Points of each at most; longer curves are thinned out in the database.</param>
    public async Task<IReadOnlyList<Curve>> ReadAsync(Guid runId, int most = 400)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<SeriesRow> all = await rows.Series.AsNoTracking().Where(series => series.RunId == runId).OrderBy(series => series.Id).ToListAsync();
        List<Stretch> stretches = await rows.Database.SqlQuery<Stretch>($"""
            WITH Ends AS (
                SELECT p.SeriesId, MIN(p.Step) AS First, (MAX(p.Step) - MIN(p.Step)) / {most} + 1 AS Length
                FROM Series s JOIN Points p ON p.SeriesId = s.Id WHERE s.RunId = {runId} GROUP BY p.SeriesId)
            SELECT p.SeriesId, MIN(p.Step) AS Step, AVG(p.Value) AS Value, MIN(p.Value) AS Low, MAX(p.Value) AS High
            FROM Ends e JOIN Points p ON p.SeriesId = e.SeriesId GROUP BY p.SeriesId, (p.Step - e.First) / e.Length
            """).ToListAsync();
        ILookup<int, Stretch> bySeries = stretches.ToLookup(stretch => stretch.SeriesId);
        return [.. all.Select(series => new Curve(series.Stage, series.Name,
            [.. bySeries[series.Id].OrderBy(stretch => stretch.Step)
                .Select(stretch => new CurvePoint(stretch.Step, stretch.Value, stretch.Low, stretch.High))],
            series.Layer == SeriesRow.NoLayer ? null : series.Layer))];
    }

    /// <summary>The last lines of a run's log, oldest first.</summary>
    public async Task<IReadOnlyList<LogRow>> LogAsync(Guid runId, int most = 200)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        List<LogRow> lines = await rows.Log.AsNoTracking().Where(line => line.RunId == runId).OrderByDescending(line => line.Id).Take(most).ToListAsync();
        lines.Reverse();
        return lines;
    }

    private static IEnumerable<(string Name, int Layer, double Value)> PointsOf(StageProgressed progress) =>
    [
        .. (progress.Values ?? []).Select(point => (point.Key, SeriesRow.NoLayer, point.Value)),
        .. (progress.Layers ?? []).SelectMany(curves => curves.Value.Select((value, layer) => (curves.Key, layer, value))),
    ];

    private async Task<int> SeriesAsync(RegistryContext rows, Guid runId, string stage, string name, int layer)
    {
        if (_ids.TryGetValue((runId, stage, name, layer), out int known)) return known;
        if (_ids.Count >= MostKept) _ids.Clear();
        IQueryable<int> id = rows.Series.Where(series => series.RunId == runId && series.Stage == stage && series.Name == name && series.Layer == layer)
            .Select(series => series.Id);
        await rows.Database.ExecuteSqlAsync(
            $"INSERT INTO Series (RunId, Stage, Name, Layer) VALUES ({runId}, {stage}, {name}, {layer}) ON CONFLICT DO NOTHING");
        return _ids[(runId, stage, name, layer)] = await id.SingleAsync();
    }

    internal sealed record Stretch(int SeriesId, long Step, double Value, double Low, double High);
}
