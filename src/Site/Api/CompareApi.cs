using System.Text.Json.Serialization;

namespace Das.Site.Api;

/// <summary>A run in a comparison.</summary>
/// <param name="Letter">Names it in plots and tables: A, B, ….</param>
/// <param name="Run">The run.</param>
public sealed record SideAnswer(string Letter, RunView Run);

/// <summary>Runs side by side, as <see cref="RunComparison"/> has them.</summary>
public sealed record ComparisonAnswer(
    Guid Base, IReadOnlyList<SideAnswer> Runs, IReadOnlyList<ComparedSetting> Settings,
    IReadOnlyList<ComparedMetric> Scores, IReadOnlyList<ComparedMetric> Baselines, IReadOnlyList<ComparedMetric> Costs, IReadOnlyList<string> Notes);

/// <summary><c>/api/compare</c>: runs side by side for programs; and the pictures that a run's questions are about.</summary>
internal static class CompareApi
{
    private static readonly JsonSerializerOptions json =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static void MapCompareApi(this WebApplication app)
    {
        RouteGroupBuilder compare = app.MapGroup("/api/compare").WithTags("Compare").ProducesProblem(StatusCodes.Status400BadRequest);
        compare.MapGet("", CompareAsync).Produces<ComparisonAnswer>()
            .WithSummary("Settings, scores, costs and paired tests of 2 to 20 runs, named by ids or beginnings of them between commas.");
        compare.MapGet("/table", TableAsync).Produces(StatusCodes.Status200OK, contentType: "text/markdown")
            .WithSummary("The paper's table of the runs as markdown, latex or csv.");
        compare.MapGet("/differences", DifferencesAsync).Produces<DifferencePage>()
            .WithSummary("The questions that two runs answered, filtered: all, onlyA, onlyB, bothWrong.");
        app.MapGet("/api/runs/{id}/examples/{row}/image", PictureAsync).WithTags("Compare").Produces(StatusCodes.Status200OK, contentType: "image/png")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("A picture of a row of the run's dataset, PNG or JPEG as stored.");
    }

    /// <summary>The runs that are meant, each once.</summary>
    /// <param name="registry">Where they are.</param>
    /// <param name="names">Ids, or beginnings that no other run has, separated by commas.</param>
    /// <exception cref="DasException">One is unknown, or they are too few or too many.</exception>
    public static async Task<IReadOnlyList<RunView>> SelectAsync(this RunRegistry registry, string? names)
    {
        string[] words = (names ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length > RunComparisons.Most)
            throw new DasException(ErrorKind.Usage, $"{words.Length} runs are too many to be compared; take at most {RunComparisons.Most}.");
        List<RunView> found = [];
        foreach (string word in words) found.Add(await registry.FindAsync(word) ?? throw new DasException(ErrorKind.Usage, $"There is no run '{word}'."));
        IReadOnlyList<RunView> selected = [.. found.DistinctBy(run => run.Id)];
        return selected.Count >= RunComparisons.Fewest ? selected
            : throw new DasException(ErrorKind.Usage, $"Name at least {RunComparisons.Fewest} different runs, separated by commas; there "
                + $"{(selected.Count == 1 ? "is one" : "are none")}.");
    }

    /// <inheritdoc cref="PictureAddress"/>
    public static string AddressOf(Guid run, string split, string row, int number) => string.Create(CultureInfo.InvariantCulture,
        $"/api/runs/{run}/examples/{Uri.EscapeDataString(row)}/image?split={Uri.EscapeDataString(split)}&picture={number}");

    private static async Task<IResult> CompareAsync(string? runs, string? @base, RunRegistry registry, RunComparisons comparisons,
        CancellationToken cancellation)
    {
        IReadOnlyList<RunView> selected = await registry.SelectAsync(runs);
        RunComparison found = comparisons.Compare([.. selected.Select(run => run.ToEvaluated())], BaseOf(selected, @base), cancellation);
        return Results.Json(new ComparisonAnswer(found.Base, [.. found.Runs.Zip(selected, (side, run) => new SideAnswer(side.Letter, run))], found.Settings,
            found.Scores, found.Baselines, found.Costs, found.Notes), json);
    }

    private static async Task<IResult> TableAsync(string? runs, RunRegistry registry, RunComparisons comparisons, string format = "markdown")
    {
        string type = ComparisonTable.TypeOf(format);
        IReadOnlyList<RunView> selected = await registry.SelectAsync(runs);
        return Results.Text(ComparisonTable.Write(comparisons.PaperTable(selected.Select(run => run.ToEvaluated())), format), type, Encoding.UTF8);
    }

    private static async Task<IResult> DifferencesAsync(
        string? runs, string? metric, RunRegistry registry, QuestionDifferences differences, CancellationToken cancellation,
            string filter = nameof(DifferenceFilter.All), int skip = 0, int take = 25)
    {
        IReadOnlyList<RunView> selected = await registry.SelectAsync(runs);
        if (selected is not [var a, var b]) throw new DasException(ErrorKind.Usage, $"Differences are between two runs; {selected.Count} are named.");
        string asked = metric ?? RunScores.Of(a.Metrics).Key?.Name ?? MetricNames.Accuracy;
        return Results.Json(differences.Page(a.ToEvaluated(), b.ToEvaluated(), asked, QuestionDifferences.FilterOf(filter), skip, take, cancellation), json);
    }

    private static async Task<IResult> PictureAsync(string id, string row, string? split, RunRegistry runs, ExamplePictures pictures, int picture = 0)
    {
        EvaluatedRun run = (await runs.RequireAsync(id)).ToEvaluated();
        // A slash within a segment is the one character that routing leaves encoded.
        ExamplePicture found = pictures.Find(run, split, row, picture)
            ?? pictures.Find(run, split, row.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), picture)
            ?? throw new DasException(ErrorKind.NotFound, $"Row '{row}' of run {run.ShortId}'s dataset has no picture {picture}.");
        return Results.Bytes(found.Bytes, found.Type);
    }

    private static Guid? BaseOf(IReadOnlyList<RunView> selected, string? name) => name is not { Length: > 0 } ? null
        : selected.FirstOrDefault(run => run.Id.ToString("N")
            .StartsWith(name.Replace("-", ""), StringComparison.OrdinalIgnoreCase))?.Id
          ?? throw new DasException(ErrorKind.Usage, $"The base run '{name}' is not among the runs compared.");
}
