using System.Text.Json.Serialization;

namespace Das.Admin.Api;

/// <summary><c>/api/compare</c>: runs side by side for programs; and the pictures that a run's questions are about.</summary>
internal static class CompareApi
{
    private static readonly JsonSerializerOptions json =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static void MapCompareApi(this WebApplication app)
    {
        RouteGroupBuilder compare = app.MapGroup("/api/compare").WithTags("Compare").ProducesProblem(StatusCodes.Status400BadRequest);
        compare.MapGet("", CompareAsync).Produces<RunComparison>()
            .WithSummary("Settings, scores, costs and paired tests of 2 to 20 runs, named by ids or beginnings of them between commas.");
        compare.MapGet("/table", TableAsync).Produces(StatusCodes.Status200OK, contentType: "text/markdown")
            .WithSummary("The paper's table of the runs as markdown, latex or csv.");
        compare.MapGet("/differences", DifferencesAsync).Produces<DifferencePage>()
            .WithSummary("The questions that two runs answered, filtered: all, onlyA, onlyB, bothWrong.");
        app.MapGet("/api/runs/{id}/examples/{row}/image", PictureAsync).WithTags("Compare").Produces(StatusCodes.Status200OK, contentType: "image/png")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("A picture of a row of the run's dataset, PNG or JPEG as stored.");
    }

    private static async Task<IResult> CompareAsync(string? runs, string? @base, RunComparisons comparisons, CancellationToken cancellation)
    {
        IReadOnlyList<RunView> selected = await comparisons.SelectAsync(runs);
        return Results.Json(comparisons.Compare(selected, BaseOf(selected, @base), cancellation), json);
    }

    private static async Task<IResult> TableAsync(string? runs, RunComparisons comparisons, string format = "markdown")
    {
        string type = ComparisonTable.TypeOf(format);
        return Results.Text(ComparisonTable.Write(comparisons.PaperTable(await comparisons.SelectAsync(runs)), format), type, Encoding.UTF8);
    }

    private static async Task<IResult> DifferencesAsync(
        string? runs, string? metric, RunComparisons comparisons, QuestionDifferences differences, CancellationToken cancellation,
            string filter = nameof(DifferenceFilter.All), int skip = 0, int take = 25)
    {
        IReadOnlyList<RunView> selected = await comparisons.SelectAsync(runs);
        if (selected is not [var a, var b]) throw new DasException(ErrorKind.Usage, $"Differences are between two runs; {selected.Count} are named.");
        string asked = metric ?? RunScores.Of(a.Metrics).Key?.Name ?? MetricNames.Accuracy;
        return Results.Json(differences.Page(a, b, asked, QuestionDifferences.FilterOf(filter), skip, take, cancellation), json);
    }

    private static async Task<IResult> PictureAsync(string id, string row, string? split, RunRegistry runs, ExamplePictures pictures, int picture = 0)
    {
        RunView run = await runs.RequireAsync(id);
        // A slash within a segment is the one character that routing leaves encoded.
        ExamplePicture found = pictures.Find(run, split, row, picture)
            ?? pictures.Find(run, split, row.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), picture)
            ?? throw new Refusal(StatusCodes.Status404NotFound, $"Row '{row}' of run {run.ShortId}'s dataset has no picture {picture}.");
        return Results.Bytes(found.Bytes, found.Type);
    }

    private static Guid? BaseOf(IReadOnlyList<RunView> selected, string? name) => name is not { Length: > 0 } ? null
        : selected.FirstOrDefault(run => run.Id.ToString("N")
            .StartsWith(name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))?.Id
          ?? throw new DasException(ErrorKind.Usage, $"The base run '{name}' is not among the runs compared.");
}
