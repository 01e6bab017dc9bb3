namespace Das.Site.Api;

/// <summary>What people do with a run, beside starting it.</summary>
internal static class RunActionsApi
{
    public static void MapRunActionsApi(this WebApplication app)
    {
        RouteGroupBuilder run = app.MapGroup("/api/runs/{id}").WithTags("Runs").ProducesProblem(StatusCodes.Status404NotFound);
        run.MapPost("/cancel", CancelAsync).Produces<RunView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("Asks for the run's end, which comes within one optimizer step; what is done so far is kept.");
        run.MapPost("/retry", RetryAsync).Produces<RunView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("Goes on with a failed or cancelled run from the stage where it ended.");
        run.MapPost("/again", AgainAsync).Accepts<RunAgainRequest>("application/json").Produces<RunView>(StatusCodes.Status201Created)
            .WithSummary("Starts a new run of the same recipe, computing every stage anew if that is asked for.");
        run.MapPut("/tags", TagAsync).Accepts<TagsRequest>("application/json").Produces<RunView>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Replaces the run's tags.");
        run.MapPut("/notes", NoteAsync).Accepts<NotesRequest>("application/json").Produces<RunView>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Replaces the run's notes.");
    }

    private static async Task<IResult> CancelAsync(string id, RunRegistry runs)
    {
        RunView run = await runs.RequireAsync(id);
        if (!await runs.CancelAsync(run.Id)) throw new DasException(ErrorKind.Conflict, $"Run {run.ShortId} has already ended ({run.State}).");
        return Results.Accepted($"/api/runs/{run.Id}", await runs.FindAsync(run.Id));
    }

    private static async Task<IResult> RetryAsync(string id, RunRegistry runs)
    {
        RunView run = await runs.RequireAsync(id);
        if (!await runs.RetryAsync(run.Id))
            throw new DasException(ErrorKind.Conflict, run.Succeeded ? $"Run {run.ShortId} is complete; there is nothing to retry."
            : $"Run {run.ShortId} is being worked on ({run.Standing}).");
        return Results.Accepted($"/api/runs/{run.Id}", await runs.FindAsync(run.Id));
    }

    private static async Task<IResult> AgainAsync(string id, HttpRequest http, RunRegistry runs)
    {
        RunAgainRequest request = await ApiBody.ReadAsync<RunAgainRequest>(http);
        RunView run = await runs.RequireAsync(id);
        return RunsApi.Created((await runs.FindAsync(await runs.AgainAsync(run.Id, request.Fresh)))!);
    }

    private static async Task<RunView?> TagAsync(string id, HttpRequest http, RunRegistry runs)
    {
        TagsRequest request = await ApiBody.ReadAsync<TagsRequest>(http);
        RunView run = await runs.RequireAsync(id);
        await runs.TagAsync(run.Id, request.Tags);
        return await runs.FindAsync(run.Id);
    }

    private static async Task<RunView?> NoteAsync(string id, HttpRequest http, RunRegistry runs)
    {
        NotesRequest request = await ApiBody.ReadAsync<NotesRequest>(http);
        RunView run = await runs.RequireAsync(id);
        await runs.NoteAsync(run.Id, request.Notes);
        return await runs.FindAsync(run.Id);
    }
}
