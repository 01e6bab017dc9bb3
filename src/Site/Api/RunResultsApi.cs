using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Das.Site.Api;

/// <summary>A file of a finished stage.</summary>
/// <param name="Stage">The stage, with its branch where it has several.</param>
/// <param name="Name">Relative to the stage's folder, with forward slashes.</param>
/// <param name="Sha256">Lower-case hexadecimal digest.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Href">Where it is downloaded.</param>
/// <param name="Making">By which build, where and when its stage's result was made; null where that is not known.</param>
public sealed record ArtifactFile(string Stage, string Name, string Sha256, long Bytes, string Href, StageMaking? Making = null);

/// <summary>What a run has written: its curves, its log, its files. A file is served only if its stage's result names it.</summary>
internal static class RunResultsApi
{
    private const int MostPoints = 5000, MostLines = 2000;
    private static readonly FileExtensionContentTypeProvider types =
        new() { Mappings = { [".jsonl"] = "application/jsonl", [".safetensors"] = "application/octet-stream" } };

    public static void MapRunResultsApi(this WebApplication app)
    {
        RouteGroupBuilder run = app.MapGroup("/api/runs/{id}").WithTags("Results").ProducesProblem(StatusCodes.Status404NotFound);
        run.MapGet("/curves", CurvesAsync).WithSummary("The run's curves, each thinned out to the given number of points.");
        run.MapGet("/log", LogAsync).WithSummary("The last lines of the run's log, oldest first.");
        run.MapGet("/lineage", async (string id, RunRegistry runs, RunLineage lineage) => await lineage.OfAsync(await runs.RequireAsync(id)))
            .WithSummary("The run's artifacts, what each was made from, and the other runs that have it or were made from it.");
        run.MapGet("/command", async (string id, RunRegistry runs) => Reproduction.Of((await runs.RequireAsync(id)).Recipe, RecipeCatalog.Default()))
            .WithSummary("The command line that computes the run again.");
        run.MapGet("/report", ReportAsync).Produces(StatusCodes.Status200OK, contentType: "application/json").WithSummary("The evaluation's report.json.");
        run.MapGet("/artifacts", ArtifactsAsync).WithSummary("The files of the run's finished stages.");
        run.MapGet("/artifacts/{stage}/{**file}", FileAsync).Produces(StatusCodes.Status200OK, contentType: "application/octet-stream")
            .WithSummary("One of these files; ranges may be asked for.");
    }

    private static async Task<IReadOnlyList<Curve>> CurvesAsync(string id, RunRegistry runs, RunCurves curves, int most = 400) =>
        await curves.ReadAsync((await runs.RequireAsync(id)).Id, Math.Clamp(most, 1, MostPoints));

    private static async Task<IReadOnlyList<LogRow>> LogAsync(string id, RunRegistry runs, RunCurves curves, int most = 200) =>
        await curves.LogAsync((await runs.RequireAsync(id)).Id, Math.Clamp(most, 1, MostLines));

    private static async Task<IResult> ReportAsync(string id, RunRegistry runs, ArtifactStore store) =>
        Results.File(Named(store, await runs.RequireAsync(id), PipelineStages.Evaluate, ResultFiles.Report).Path, "application/json");

    private static async Task<IReadOnlyList<ArtifactFile>> ArtifactsAsync(string id, RunRegistry runs, ArtifactStore store)
    {
        RunView run = await runs.RequireAsync(id);
        return
        [
            .. StageFiles.Of(run, store).SelectMany(stage =>
                stage.Files.Select(file => new ArtifactFile(stage.Stage, file.Key, file.Value.Sha256, file.Value.Bytes,
                AddressOf(run.Id, stage.Stage, file.Key), stage.Making))),
        ];
    }

    /// <summary>Where a file of a run's stage is fetched from.</summary>
    internal static string AddressOf(Guid run, string stage, string file) =>
        $"/api/runs/{run:N}/artifacts/{stage}/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}";

    private static async Task<IResult> FileAsync(string id, string stage, string file, RunRegistry runs, ArtifactStore store)
    {
        (string path, string sha256) = Named(store, await runs.RequireAsync(id), stage, file);
        string type = types.TryGetContentType(file, out string? known) ? known : "application/octet-stream";
        return Results.File(path, type, fileDownloadName: file.Split('/')[^1], entityTag: new EntityTagHeaderValue($"\"{sha256}\""),
            enableRangeProcessing: true);
    }

    private static (string Path, string Sha256) Named(ArtifactStore store, RunView run, string stage, string file)
    {
        if (!run.Artifacts.TryGetValue(stage, out ArtifactRef? result))
            throw new DasException(ErrorKind.NotFound, $"Run {run.ShortId} has no result of a stage '{stage}'. It has: "
                + $"{(run.Artifacts.Count == 0 ? "none yet" : string.Join(", ", run.Artifacts.Keys))}.");
        SortedDictionary<string, ArtifactRef> files = store.ReadResult(result).Files;
        return files.TryGetValue(file, out ArtifactRef? found) ? (store.Verified(result, file), found.Sha256)
            : throw new DasException(ErrorKind.NotFound,
                $"Stage '{stage}' of run {run.ShortId} left no file '{file}'. It left: {string.Join(", ", files.Keys)}.");
    }
}
