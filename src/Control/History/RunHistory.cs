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
public sealed record RunHistory(IReadOnlyList<Curve> Curves, PreferenceMap? Preferences, int? Candidates);

/// <summary>
/// Reads a run's history: what was heard while it ran, and for a finished stage what its files say more fully. A stage
/// that another run had made was never heard of in this one.
/// </summary>
public sealed class RunHistories(RunCurves curves, ArtifactStore store)
{
    private const string Preference = "preference ", LossCurve = "loss";
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
        return _ended[(run.Id, run.Updated)] = await LookUpAsync(run);
    }

    private async Task<RunHistory> LookUpAsync(RunView run)
    {
        List<Curve> heard = [.. await curves.ReadAsync(run.Id, Points)];
        JsonNode? search = Stored(run, PipelineStages.Search, "search.json"), losses = Stored(run, PipelineStages.Finetune, "losses.json");
        PreferToHeard(heard, PipelineStages.Search, search);
        PreferToHeard(heard, PipelineStages.Finetune, losses);
        PreferenceMap? map = StoredPreferences(search) ?? HeardPreferences(heard);
        int? candidates = search?["candidates"] is JsonValue count && count.TryGetValue(out int known) ? known : map?.Layers.Count;
        return new([.. heard.Where(curve => !curve.Name.StartsWith(Preference, StringComparison.Ordinal))], map, candidates);
    }

    /// <summary>Mean, least and largest of each of at most <paramref name="most"/> equal stretches of <paramref name="values"/>, whose first step is
    /// 1.</summary>
    public static IReadOnlyList<CurvePoint> Thin(IReadOnlyList<double> values, int most)
    {
        int stretch = (values.Count - 1) / most + 1;
        return [.. values.Chunk(stretch).Select((part, index) => new CurvePoint((long)index * stretch + 1, part.Average(), part.Min(), part.Max()))];
    }

    private static void PreferToHeard(List<Curve> heard, string stage, JsonNode? stored)
    {
        if (Numbers(stored?["losses"]) is not { Count: > 0 } losses) return;
        int place = heard.FindIndex(curve => curve.Stage == stage && curve.Name == LossCurve);
        if (place >= 0 && heard[place].Points.Count >= Math.Min(losses.Count, Points)) return;
        Curve whole = new(stage, LossCurve, Thin(losses, Points));
        if (place >= 0) heard[place] = whole;
        else heard.Add(whole);
    }

    private static PreferenceMap? StoredPreferences(JsonNode? search)
    {
        if (search?["preferencesOverTime"] is not JsonArray { Count: > 0 } updates) return null;
        double[][] rows = [.. updates.Select(update => Numbers(update)?.ToArray() ?? [])];
        int layers = rows.Max(row => row.Length);
        int stretch = (rows.Length - 1) / Columns + 1;
        double[][][] columns = [.. rows.Chunk(stretch)];
        return new("preference update", [.. columns.Select((_, index) => (long)index * stretch + 1)],
            [.. Enumerable.Range(0, layers).Select(layer => (IReadOnlyList<double>)[.. columns.Select(column => column[^1].ElementAtOrDefault(layer))])]);
    }

    private static PreferenceMap? HeardPreferences(IEnumerable<Curve> heard)
    {
        Curve[] layers = [.. heard.Where(curve => curve.Name.StartsWith(Preference, StringComparison.Ordinal)).OrderBy(Layer)];
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

    private static int Layer(Curve curve) => int.TryParse(curve.Name.AsSpan(Preference.Length), out int layer) ? layer : int.MaxValue;

    private JsonNode? Stored(RunView run, string stage, string file)
    {
        if (!run.Artifacts.TryGetValue(stage, out ArtifactRef? result)) return null;
        try
        {
            string path = Path.Combine(Path.GetDirectoryName(store.PathOf(result))!, file);
            return File.Exists(path) ? JsonNode.Parse(File.ReadAllBytes(path)) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or DasException) { return null; }
    }

    private static List<double>? Numbers(JsonNode? node) =>
        node is JsonArray list ? [.. list.Select(item => item is JsonValue value && value.TryGetValue(out double number) ? number : double.NaN)
            .Where(double.IsFinite)] : null;
}
