using System.Collections.Concurrent;
using Das.Control.Curves;
using Das.Control.Runs;

namespace Das.Control.History;

/// <summary>The preference of every candidate layer over a search's time.</summary>
/// <param name="Unit">What <see cref="Steps"/> counts.</param>
/// <param name="Steps">One a column.</param>
/// <param name="Layers">One row a layer, one value a step; a value that is not known is NaN.</param>
public sealed record PreferenceMap(string Unit, IReadOnlyList<long> Steps, IReadOnlyList<IReadOnlyList<double>> Layers);

/// <summary>What a run's pages draw over time, thinned out.</summary>
/// <param name="Curves">Every curve but those of the preferences.</param>
/// <param name="Preferences">Null where nothing was learnt (yet).</param>
/// <param name="Candidates">How many layers the backbone could do without; null while that is unknown.</param>
public sealed record RunHistory(IReadOnlyList<Curve> Curves, PreferenceMap? Preferences, int? Candidates)
{
    /// <summary>What of it is only what was heard while the run went on, because a stage's file is damaged: sentences.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}

/// <summary>
/// Reads a run's history: what was heard while it ran, and for a finished stage what its files say more fully. A stage
/// that another run had made was never heard of in this one.
/// </summary>
public sealed class RunHistories(RunCurves curves, ArtifactStore store)
{
    private const int Columns = 60, Points = 240;

    private const int MostKept = 100;
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(Guid, DateTime), RunHistory> _ended = new();

    /// <summary>That of a run that ended a while ago, of which no late word will come, is read once and kept.</summary>
    public async Task<RunHistory> ReadAsync(RunView run)
    {
        if (!run.Ended || DateTime.UtcNow - run.Updated < Settled) return await LookUpAsync(run);
        if (_ended.TryGetValue((run.Id, run.Updated), out RunHistory? kept)) return kept;
        if (_ended.Count >= MostKept) _ended.Clear();
        RunHistory history = await LookUpAsync(run);
        return history.Problems.Count > 0 ? history : _ended[(run.Id, run.Updated)] = history;
    }

    private async Task<RunHistory> LookUpAsync(RunView run)
    {
        List<Curve> heard = [.. await curves.ReadAsync(run.Id, Points)];
        List<string> problems = [];
        SearchResult? search = Stored<SearchResult>(run, PipelineStages.Search, ResultFiles.Search, problems);
        PreferToHeard(heard, PipelineStages.Search, search?.Losses);
        PreferToHeard(heard, PipelineStages.Finetune, Stored<TrainingLosses>(run, PipelineStages.Finetune, ResultFiles.Losses, problems)?.Losses);
        PreferenceMap? map = StoredPreferences(search) ?? HeardPreferences(heard);
        return new([.. heard.Where(curve => curve.Layer is null)], map, search is { Candidates: > 0 and var known } ? known : map?.Layers.Count)
        {
            Problems = problems,
        };
    }

    /// <summary>Mean, least and largest of each of at most <paramref name="most"/> equal stretches of <paramref name="values"/>, whose first step is
    /// 1.</summary>
    public static IReadOnlyList<CurvePoint> Thin(IReadOnlyList<double> values, int most)
    {
        int stretch = (values.Count - 1) / most + 1;
        return [.. values.Chunk(stretch).Select((part, index) => new CurvePoint((long)index * stretch + 1, part.Average(), part.Min(), part.Max()))];
    }

    private static void PreferToHeard(List<Curve> heard, string stage, IReadOnlyList<float>? losses)
    {
        if (losses is not { Count: > 0 }) return;
        int place = heard.FindIndex(curve => curve.Stage == stage && curve.Name == CurveNames.Loss);
        if (place >= 0 && heard[place].Points.Count >= Math.Min(losses.Count, Points)) return;
        Curve whole = new(stage, CurveNames.Loss, Thin(Decimals(losses), Points));
        if (place >= 0) heard[place] = whole;
        else heard.Add(whole);
    }

    private static PreferenceMap? StoredPreferences(SearchResult? search)
    {
        if (search?.PreferencesOverTime is not { Count: > 0 } updates) return null;
        double[][] rows = [.. updates.Select(Decimals)];
        int layers = rows.Max(row => row.Length);
        int stretch = (rows.Length - 1) / Columns + 1;
        double[][][] columns = [.. rows.Chunk(stretch)];
        return new("preference update", [.. columns.Select((_, index) => (long)index * stretch + 1)],
            [.. Enumerable.Range(0, layers).Select(layer => (IReadOnlyList<double>)[.. columns.Select(column => column[^1].ElementAtOrDefault(layer))])]);
    }

    private static PreferenceMap? HeardPreferences(IEnumerable<Curve> heard)
    {
        Curve[] layers = [.. heard.Where(curve => curve is { Name: CurveNames.Preference, Layer: not null }).OrderBy(curve => curve.Layer)];
        if (layers.Length == 0) return null;
        long[] all = [.. layers.SelectMany(layer => layer.Points.Select(point => point.Step)).Distinct().Order()];
        int stretch = (all.Length - 1) / Columns + 1;
        long[] steps = [.. all.Where((_, index) => index % stretch == 0)];
        return new("micro-step", steps, [.. layers.Select(layer => At(layer, steps))]);
    }

    /// <summary>The last value at or before each step.</summary>
    private static double[] At(Curve layer, long[] steps)
    {
        double[] values = new double[steps.Length];
        int point = 0;
        for (int column = 0; column < steps.Length; column++)
        {
            while (point < layer.Points.Count && layer.Points[point].Step <= steps[column]) point++;
            values[column] = point == 0 ? double.NaN : layer.Points[point - 1].Value;
        }
        return values;
    }

    /// <summary>The numbers as their shortest decimals say them, so that 0.1 stays 0.1.</summary>
    private static double[] Decimals(IReadOnlyList<float> values) =>
        [.. values.Select(value => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))];

    private T? Stored<T>(RunView run, string stage, string file, List<string> problems) where T : class
    {
        if (!run.Artifacts.TryGetValue(stage, out ArtifactRef? result)) return null;
        try { return ResultFiles.Read<T>(store.Verified(result, file)); }
        catch (DamagedArtifact damaged) { problems.Add(damaged.Message); }
        catch (DasException) { /* A result from before the stage left this file, or of another form. */ }
        return null;
    }
}
