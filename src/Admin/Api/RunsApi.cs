using Das.Admin.Runs;
using Das.Artifacts;

namespace Das.Admin.Api;

internal static class RunsApi
{
    public static void MapRunsApi(this WebApplication app)
    {
        app.MapGet("/api/runs", (RunRegistry runs) => runs.ListAsync());
        app.MapGet("/api/runs/{id}", FindAsync);
    }

    private static async Task<IResult> FindAsync(string id, RunRegistry runs)
    {
        try { return await runs.FindAsync(id) is { } run ? Results.Ok(run) : Results.Problem($"There is no run '{id}'.", statusCode: StatusCodes.Status404NotFound); }
        catch (DasException several) { return Results.Problem(several.Message, statusCode: StatusCodes.Status400BadRequest); }
    }
}
