using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Das.Admin.Compare;
using Das.Admin.Runs;
using Das.Artifacts;

namespace Das.Admin.Api;

/// <summary>Runs side by side for programs, and the pictures their questions are about.</summary>
internal static class CompareApi
{
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static void MapCompareApi(this WebApplication app)
    {
        app.MapGet("/api/compare", CompareAsync).WithSummary("Settings, scores, costs and paired tests of 2 to 20 runs.").Produces<RunComparison>();
        app.MapGet("/api/compare/table", TableAsync).WithSummary("The paper's table of the runs as markdown, latex or csv.");
        app.MapGet("/api/compare/differences", DifferencesAsync).WithSummary("The questions that two runs answered, filtered: all, onlyA, onlyB, bothWrong.").Produces<DifferencePage>();
        app.MapGet("/api/runs/{id}/examples/{row}/image", PictureAsync).WithSummary("A picture of a row of the run's dataset, PNG or JPEG as stored.").Produces(StatusCodes.Status200OK, contentType: "image/png");
    }

    private static Task<IResult> CompareAsync(string? runs, string? @base, RunComparisons comparisons, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        IReadOnlyList<RunView> selected = await comparisons.SelectAsync(runs);
        return Results.Json(comparisons.Compare(selected, BaseOf(selected, @base), cancellation), json);
    });

    private static Task<IResult> TableAsync(string? runs, string? format, RunComparisons comparisons) => AnswerAsync(async () =>
    {
        string wanted = format ?? "markdown", type = ComparisonTable.TypeOf(wanted);
        return Results.Text(ComparisonTable.Write(comparisons.PaperTable(await comparisons.SelectAsync(runs)), wanted), type, Encoding.UTF8);
    });

    private static Task<IResult> DifferencesAsync(
        string? runs, string? metric, string? filter, int? skip, int? take, RunComparisons comparisons, QuestionDifferences differences, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        IReadOnlyList<RunView> selected = await comparisons.SelectAsync(runs);
        if (selected is not [var a, var b]) throw new DasException($"Differences are between two runs; {selected.Count} are named.");
        return Results.Json(differences.Page(a, b, metric ?? RunScores.Of(a.Metrics).Key?.Name ?? MetricNames.Accuracy, QuestionDifferences.FilterOf(filter ?? nameof(DifferenceFilter.All)), skip ?? 0, take ?? 25, cancellation), json);
    });

    private static Task<IResult> PictureAsync(string id, string row, string? split, int? picture, HttpContext http, RunRegistry runs, ExamplePictures pictures) => AnswerAsync(async () =>
    {
        if (await runs.FindAsync(id) is not { } run) return Missing($"There is no run '{id}'.");
        // A slash within a segment is the one character that routing leaves encoded.
        ExamplePicture? found = pictures.Find(run, split, row, picture ?? 0) ?? pictures.Find(run, split, row.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), picture ?? 0);
        if (found is null) return Missing($"Row '{row}' of run {run.ShortId}'s dataset has no picture {picture ?? 0}.");
        http.Response.Headers.CacheControl = "private, max-age=86400, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(found.Bytes, found.Type);
    });

    private static Guid? BaseOf(IReadOnlyList<RunView> selected, string? name) => name is not { Length: > 0 } ? null
        : selected.FirstOrDefault(run => run.Id.ToString("N").StartsWith(name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))?.Id
          ?? throw new DasException($"The base run '{name}' is not among the runs compared.");

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> answer)
    {
        try { return await answer(); }
        catch (Exception asked) when (asked is DasException or IncomparableException or InvalidDataException) { return Results.Problem(asked.Message, statusCode: StatusCodes.Status400BadRequest); }
    }

    private static IResult Missing(string sentence) => Results.Problem(sentence, statusCode: StatusCodes.Status404NotFound);
}
