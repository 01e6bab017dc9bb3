using Das.Admin.Schedules;

namespace Das.Admin.Api;

internal static class SchedulesApi
{
    public static void MapSchedulesApi(this WebApplication app)
    {
        RouteGroupBuilder schedules = app.MapGroup("/api/schedules").WithTags("schedules");
        schedules.MapGet("", (ScheduleBook book) => book.ListAsync()).WithSummary("Every schedule by name.");
        schedules.MapGet("/{id:guid}", async (Guid id, ScheduleBook book) => await book.FindAsync(id) is { } found ? Results.Ok(found) : Missing(id))
            .WithSummary("A schedule with its next and its latest firing.").Produces<ScheduleView>().ProducesProblem(StatusCodes.Status404NotFound);
        schedules.MapGet("/{id:guid}/firings", async (Guid id, ScheduleBook book) => await book.FindAsync(id) is null ? Missing(id) : Results.Ok(await book.FiringsAsync(id)))
            .WithSummary("Its firings, the latest first.").Produces<IReadOnlyList<FiringView>>().ProducesProblem(StatusCodes.Status404NotFound);
        schedules.MapGet("/preview", Preview).WithSummary("A cron expression in plain English, and its next five times in a time zone.")
            .Produces<SchedulePreview>().ProducesValidationProblem();
        schedules.MapPost("", async (ScheduleWish wish, ScheduleBook book) => await SaveAsync(wish, null, book)).WithSummary("Makes a schedule.")
            .Produces<ScheduleView>(StatusCodes.Status201Created).ProducesValidationProblem();
        schedules.MapPut("/{id:guid}", (Guid id, ScheduleWish wish, ScheduleBook book) => FoundAsync(id, book, () => SaveAsync(wish, id, book))).WithSummary("Changes a schedule as a whole.")
            .Produces<ScheduleView>().ProducesValidationProblem().ProducesProblem(StatusCodes.Status404NotFound);
        schedules.MapDelete("/{id:guid}", (Guid id, ScheduleBook book) => DoneAsync(id, book, book.DeleteAsync)).WithSummary("Removes a schedule and its history; its runs stay.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
        schedules.MapPost("/{id:guid}/pause", (Guid id, ScheduleBook book) => DoneAsync(id, book, book.PauseAsync)).WithSummary("It fires no more by itself.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
        schedules.MapPost("/{id:guid}/resume", (Guid id, ScheduleBook book) => DoneAsync(id, book, book.ResumeAsync)).WithSummary("It fires again; what fell into the pause does not.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
        schedules.MapPost("/{id:guid}/run", (Guid id, ScheduleBook book, ScheduleFirings firings) => FoundAsync(id, book, async () => Results.Ok(await firings.RunNowAsync(id))))
            .WithSummary("Fires now, also while paused.").Produces<FiringView>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static IResult Preview(string cron, string timeZone, TimeProvider time)
    {
        Dictionary<string, string> problems = [];
        if (ScheduleCalendar.CronProblem(cron) is { } wrong) problems["cron"] = wrong;
        if (ScheduleCalendar.ZoneProblem(timeZone) is { } unknown) problems["timeZone"] = unknown;
        return problems.Count > 0 ? Invalid(problems) : Results.Ok(SchedulePreview.Of(cron, timeZone, time.GetUtcNow()));
    }

    private static async Task<IResult> SaveAsync(ScheduleWish wish, Guid? id, ScheduleBook book)
    {
        ScheduleSaved saved = await book.SaveAsync(wish, id);
        if (saved.Id is not { } made) return Invalid(saved.Problems);
        ScheduleView? view = await book.FindAsync(made);
        return id is null ? Results.Created($"/api/schedules/{made}", view) : Results.Ok(view);
    }

    private static Task<IResult> DoneAsync(Guid id, ScheduleBook book, Func<Guid, Task> act) => FoundAsync(id, book, async () =>
    {
        await act(id);
        return Results.NoContent();
    });

    private static async Task<IResult> FoundAsync(Guid id, ScheduleBook book, Func<Task<IResult>> act) => await book.FindAsync(id) is null ? Missing(id) : await act();

    private static IResult Missing(Guid id) => Results.Problem($"There is no schedule '{id}'.", statusCode: StatusCodes.Status404NotFound);

    private static IResult Invalid(IReadOnlyDictionary<string, string> problems) => Results.ValidationProblem(problems.ToDictionary(field => field.Key, field => new[] { field.Value }));
}
