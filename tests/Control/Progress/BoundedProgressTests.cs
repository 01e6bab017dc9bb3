using Microsoft.EntityFrameworkCore;

namespace Das.Tests.Control.Progress;

public sealed class BoundedProgressTests : PipelineTest
{
    [Fact]
    public async Task A_report_from_the_bus_is_cut_to_what_is_kept_and_the_log_says_so_once()
    {
        await using PipelineProcess process = await StartAsync();
        Guid id = (await process.RunAsync()).Id;
        Dictionary<string, double> values = Enumerable.Range(0, 100).ToDictionary(number => $"curve{number:000}", number => (double)number);
        values[new string('n', 100)] = 1;
        StageProgressed report = new(id, "search", 1, 10, new string('x', 1_000_000), values,
            Enumerable.Range(0, 20).ToDictionary(number => $"kind{number}", _ => new double[3]));
        await process.Bus.Publish(report with { Layers = new() { ["wide"] = new double[5000] }, Values = [] }, Token);
        await process.Bus.Publish(report with { Done = 2 }, Token);
        await process.Bus.Publish(report with { Done = 3, Stage = new string('s', 1000) }, Token);
        await process.Bus.Publish(report with { Done = 4, RunId = Guid.NewGuid() }, Token);
        RunView told = await process.UntilAsync(id, run => run.Progress?.Done == 2);
        Assert.InRange(told.Progress!.Note.Length, 400, 600);
        RunCurves curves = process.Services.GetRequiredService<RunCurves>();
        IReadOnlyList<Curve> kept = await curves.ReadAsync(id);
        Assert.Equal((CurveBounds.MostValues, CurveBounds.MostLayerCurves * 3 + CurveBounds.MostLayers),
            (kept.Count(curve => curve.Layer is null && curve.Name.StartsWith("curve")), kept.Count(curve => curve.Layer is not null)));
        Assert.Single(await curves.LogAsync(id), line => line.Text.Contains("3976 points of a report are left out"));
        await using RegistryContext rows = Rows();
        Assert.Equal([id], await rows.Series.Select(series => series.RunId).Distinct().ToListAsync(Token));
    }

    [Fact]
    public async Task A_curve_is_thinned_out_and_keeps_its_ends_a_run_has_so_many_curves_and_the_log_its_last_lines()
    {
        await using PipelineProcess process = await StartAsync();
        Guid id = (await process.RunAsync()).Id;
        RunCurves curves = process.Services.GetRequiredService<RunCurves>();
        StageProgressed at = new(id, "search", 0, 0, "", new() { ["loss"] = 0.5 });
        Assert.True(await curves.AppendAsync(at));
        await using (RegistryContext rows = Rows())
        {
            await rows.Database.ExecuteSqlAsync($"""
                WITH RECURSIVE Steps(Step) AS (SELECT 1 UNION ALL SELECT Step + 1 FROM Steps WHERE Step < {CurveBounds.MostPoints})
                INSERT INTO Points SELECT Id, Step, 0.5 FROM Series, Steps WHERE Name = 'loss'
                """, Token);
            await rows.Database.ExecuteSqlAsync($"""
                WITH RECURSIVE Layers(Layer) AS (SELECT 0 UNION ALL SELECT Layer + 1 FROM Layers WHERE Layer < {CurveBounds.MostSeries})
                INSERT INTO Series (RunId, Stage, Name, Layer) SELECT {id}, 'search', 'many', Layer FROM Layers
                """, Token);
            await rows.Database.ExecuteSqlAsync($"""
                WITH RECURSIVE Lines(Line) AS (SELECT 0 UNION ALL SELECT Line + 1 FROM Lines WHERE Line < {CurveBounds.MostLines})
                INSERT INTO Log (RunId, At, Stage, Text) SELECT {id}, '2026-01-01', 'search', 'line ' || Line FROM Lines
                """, Token);
        }
        RunCurves later = new(process.Services.GetRequiredService<IDbContextFactory<RegistryContext>>());
        long end = CurveBounds.MostPoints + 1;
        Assert.True(await later.AppendAsync(at with { Done = end, Note = "the last", Values = new() { ["loss"] = 0.25, ["new"] = 1 } }));
        await using RegistryContext now = Rows();
        int loss = (await now.Series.SingleAsync(series => series.Name == "loss", Token)).Id;
        List<long> steps = await now.Points.Where(point => point.SeriesId == loss)
            .Select(point => point.Step).OrderBy(step => step).ToListAsync(Token);
        Assert.InRange(steps.Count, CurveBounds.MostPoints / 2, CurveBounds.MostPoints / 2 + 2);
        Assert.Equal((0, 2), (steps[0], steps[1] - steps[0]));
        Assert.InRange(steps[^1], end - 1, end);
        Assert.False(await now.Series.AnyAsync(series => series.Name == "new", Token));
        Assert.Contains(await later.LogAsync(id), line => line.Text.StartsWith("1 points of a report are left out"));
        Assert.InRange(await now.Log.CountAsync(line => line.RunId == id, Token), CurveBounds.MostLines, CurveBounds.MostLines + 2);
        Assert.Equal("the last", (await later.LogAsync(id))[^1].Text);
    }
}
