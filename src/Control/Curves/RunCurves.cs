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
    private readonly ConcurrentDictionary<(Guid, string, string, int), Kept> _series = new();
    private readonly ConcurrentDictionary<Guid, DateTime> _logged = new();
    private readonly ConcurrentDictionary<Guid, bool> _toldOfLeftOut = new();

    /// <summary>
    /// Keeps the points of a report, and its note as a line of the log every ten seconds. Hearing it twice changes nothing. What is beyond
    /// <see cref="CurveBounds"/> is left out, which the log tells once.
    /// </summary>
    /// <param name="report">Within the bounds.</param>
    /// <param name="leftOut">Points that were left out to make it so.</param>
    /// <returns>False where there is no such run: nothing is kept.</returns>
    public async Task<bool> AppendAsync(StageProgressed report, int leftOut = 0)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync();
        if (!await rows.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT 1 FROM Runs WHERE Id = {report.RunId}) AS Value").SingleAsync()) return false;
        List<(Kept Series, double Value)> points = [];
        foreach ((string name, int layer, double value) in PointsOf(report))
            if (!double.IsFinite(value) || await SeriesAsync(rows, report.RunId, report.Stage, name, layer) is not { } series) leftOut++;
            else points.Add((series, value));
        await using var transaction = await rows.Database.BeginTransactionAsync();
        foreach ((Kept series, double value) in points) await AddAsync(rows, series, report.Done, value);
        if (leftOut > 0 && _toldOfLeftOut.TryAdd(report.RunId, true))
            rows.Log.Add(Line(report, $"{leftOut} points of a report are left out, and more like them from here on: a run has at most {CurveBounds.MostSeries} "
                + $"curves of finite numbers, named by at most {CurveBounds.LongestName} characters each."));
        DateTime now = DateTime.UtcNow;
        if (_toldOfLeftOut.Count >= MostKept) _toldOfLeftOut.Clear();
        if (report.Note.Length > 0 && now - _logged.GetValueOrDefault(report.RunId) >= LogPace)
        {
            if (_logged.Count >= MostKept) _logged.Clear();
            _logged[report.RunId] = now;
            rows.Log.Add(Line(report, report.Total > 0 ? $"{report.Done}/{report.Total} {report.Note}" : report.Note));
            await ForgetLinesAsync(rows, report.RunId);
        }
        await rows.SaveChangesAsync();
        await transaction.CommitAsync();
        return true;
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

    private static LogRow Line(StageProgressed report, string text) => new() { RunId = report.RunId, At = DateTime.UtcNow, Stage = report.Stage, Text = text };

    private static Task ForgetLinesAsync(RegistryContext rows, Guid run) => rows.Database.ExecuteSqlAsync($"""
        DELETE FROM Log WHERE RunId = {run} AND Id <= (SELECT Id FROM Log WHERE RunId = {run} ORDER BY Id DESC LIMIT 1 OFFSET {CurveBounds.MostLines})
        """);

    private static IEnumerable<(string Name, int Layer, double Value)> PointsOf(StageProgressed report) =>
    [
        .. (report.Values ?? []).Select(point => (point.Key, SeriesRow.NoLayer, point.Value)),
        .. (report.Layers ?? []).SelectMany(curves => curves.Value.Select((value, layer) => (curves.Key, layer, value))),
    ];

    private static async Task AddAsync(RegistryContext rows, Kept series, long step, double value)
    {
        await rows.Database.ExecuteSqlAsync($"""
            INSERT INTO Points (SeriesId, Step, Value) VALUES ({series.Id}, {step}, {value}) ON CONFLICT DO UPDATE SET Value = excluded.Value
            """);
        if (++series.Points <= CurveBounds.MostPoints) return;
        await rows.Database.ExecuteSqlAsync($"""
            DELETE FROM Points WHERE SeriesId = {series.Id} AND (SELECT COUNT(*) FROM Points WHERE SeriesId = {series.Id}) > {CurveBounds.MostPoints}
            AND Step IN (SELECT Step FROM
                (SELECT Step, ROW_NUMBER() OVER (ORDER BY Step) AS Number FROM Points WHERE SeriesId = {series.Id}) WHERE Number % 2 = 0)
            """);
        series.Points = await CountAsync(rows, series.Id);
    }

    /// <summary>Null where the run has too many curves.</summary>
    private async Task<Kept?> SeriesAsync(RegistryContext rows, Guid runId, string stage, string name, int layer)
    {
        if (_series.TryGetValue((runId, stage, name, layer), out Kept? known)) return known;
        if (_series.Count >= MostKept) _series.Clear();
        await rows.Database.ExecuteSqlAsync($"""
            INSERT INTO Series (RunId, Stage, Name, Layer) SELECT {runId}, {stage}, {name}, {layer}
            WHERE (SELECT COUNT(*) FROM Series WHERE RunId = {runId}) < {CurveBounds.MostSeries} ON CONFLICT DO NOTHING
            """);
        int id = await rows.Series.Where(series => series.RunId == runId && series.Stage == stage && series.Name == name && series.Layer == layer)
            .Select(series => series.Id).SingleOrDefaultAsync();
        return id == 0 ? null : _series[(runId, stage, name, layer)] = new(id) { Points = await CountAsync(rows, id) };
    }

    private static Task<int> CountAsync(RegistryContext rows, int series) => rows.Points.CountAsync(point => point.SeriesId == series);

    /// <summary>A curve and about how many points it has.</summary>
    private sealed class Kept(int id)
    {
        public int Id => id;
        public int Points { get; set; }
    }

    internal sealed record Stretch(int SeriesId, long Step, double Value, double Low, double High);
}
