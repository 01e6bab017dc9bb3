namespace Das.Control.Curves;

/// <summary>How much of a stage's reports is kept; what is beyond is cut, and the run's log says that it was.</summary>
public static class CurveBounds
{
    /// <summary>Of a report: characters of its note, curves of its own, kinds of curves of layers, layers.</summary>
    public const int LongestNote = 500, MostValues = 64, MostLayerCurves = 8, MostLayers = 1024;

    /// <summary>Characters of a curve's or a stage's name.</summary>
    public const int LongestName = 64;

    /// <summary>Of a run: curves, and lines of its log, of which the oldest go.</summary>
    public const int MostSeries = 4096, MostLines = 10_000;

    /// <summary>Of a curve; one that has more is thinned out by half.</summary>
    public const int MostPoints = 20_000;

    /// <summary>The report without what is beyond the bounds.</summary>
    /// <returns>The report, and how many points were left out; null where not even its stage has a name that could be one.</returns>
    public static (StageProgressed Report, int LeftOut)? Of(StageProgressed report)
    {
        if (report.Stage.Length > LongestName) return null;
        Dictionary<string, double> values = (report.Values ?? []).Where(point => point.Key.Length <= LongestName && double.IsFinite(point.Value))
            .Take(MostValues).ToDictionary();
        Dictionary<string, double[]> layers = (report.Layers ?? []).Where(curves => curves.Key.Length <= LongestName).Take(MostLayerCurves)
            .ToDictionary(curves => curves.Key, curves => curves.Value.Length > MostLayers ? curves.Value[..MostLayers] : curves.Value);
        int told = (report.Values?.Count ?? 0) + (report.Layers?.Values.Sum(curves => curves.Length) ?? 0);
        StageProgressed bounded = report with
        {
            Note = report.Note.Length > LongestNote ? report.Note[..LongestNote] + "…" : report.Note, Values = values, Layers = layers,
        };
        return (bounded, told - values.Count - layers.Values.Sum(curves => curves.Length));
    }
}
