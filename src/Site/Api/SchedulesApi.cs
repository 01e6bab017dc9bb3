using System.Security.Claims;

namespace Das.Site.Api;

/// <summary><c>/api/schedules</c>: re-evaluations that come back.</summary>
internal static class SchedulesApi
{
    public static void MapSchedulesApi(this WebApplication app)
    {
        RouteGroupBuilder schedules = app.MapGroup("/api/schedules").WithTags("Schedules");
        schedules.MapGet("", async (ScheduleBook book, ClaimsPrincipal who) => (await book.ListAsync()).Select(schedule => For(who, schedule)))
            .WithSummary("Every schedule by name; where drops are posted to is told to operators only.");
        schedules.MapPost("", CreateAsync).Accepts<ScheduleWish>("application/json").Produces<ScheduleView>(StatusCodes.Status201Created)
            .ProducesValidationProblem()
            .WithSummary("Makes a schedule: the evaluation of a run, or of a recipe's best run, comes back at the times of a cron expression.");
        schedules.MapGet("/preview", Preview).Produces<SchedulePreview>().ProducesValidationProblem()
            .WithSummary("A cron expression in plain English, and its next five times in a time zone.");

        RouteGroupBuilder one = schedules.MapGroup("/{id}").ProducesProblem(StatusCodes.Status404NotFound);
        one.MapGet("", async (string id, ScheduleBook book, ClaimsPrincipal who) => For(who, await book.RequireAsync(id)))
            .WithSummary("A schedule with its next and its latest firing.");
        one.MapPut("", ChangeAsync).Accepts<ScheduleWish>("application/json").Produces<ScheduleView>().ProducesValidationProblem()
            .WithSummary("Replaces all that was said of a schedule.");
        one.MapDelete("", DeleteAsync).Produces(StatusCodes.Status204NoContent).WithSummary("Removes a schedule and its history; its runs stay.");
        one.MapGet("/firings", FiringsAsync).Produces<IReadOnlyList<FiringView>>().WithSummary("Its firings, the latest first.");
        one.MapPost("/pause", (string id, ScheduleBook book) => DoneAsync(id, book, book.PauseAsync)).WithSummary("It fires no more by itself.");
        one.MapPost("/resume", (string id, ScheduleBook book) => DoneAsync(id, book, book.ResumeAsync))
            .WithSummary("It fires again; what fell into the pause does not.");
        one.MapPost("/run", RunAsync).WithSummary("Fires now, also while paused; it is left out while another firing of the schedule has not ended.");
    }

    private static async Task<ScheduleView> RequireAsync(this ScheduleBook book, string id) =>
        (Guid.TryParse(id, out Guid whole) ? await book.FindAsync(whole) : null)
            ?? throw new DasException(ErrorKind.NotFound, $"There is no schedule '{id}'.");

    /// <summary>The address of a webhook is often a secret by itself.</summary>
    private static ScheduleView For(ClaimsPrincipal who, ScheduleView schedule) =>
        who.IsInRole(Roles.Operator) ? schedule : schedule with { Wish = schedule.Wish with { Webhook = null } };

    private static IResult Preview(string cron, string timeZone, TimeProvider time)
    {
        Dictionary<string, string> problems = [];
        if (ScheduleCalendar.CronProblem(cron) is { } wrong) problems["cron"] = wrong;
        if (ScheduleCalendar.ZoneProblem(timeZone) is { } unknown) problems["timeZone"] = unknown;
        return problems.Count > 0 ? Invalid(problems) : Results.Ok(SchedulePreview.Of(cron, timeZone, time.GetUtcNow()));
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, ScheduleBook book)
    {
        ScheduleSaved saved = await book.SaveAsync(await ApiBody.ReadAsync<ScheduleWish>(http));
        return saved.Id is { } made ? Results.Created($"/api/schedules/{made}", await book.FindAsync(made)) : Invalid(saved.Problems);
    }

    private static async Task<IResult> ChangeAsync(string id, HttpRequest http, ScheduleBook book)
    {
        Guid known = (await book.RequireAsync(id)).Id;
        ScheduleSaved saved = await book.SaveAsync(await ApiBody.ReadAsync<ScheduleWish>(http), known);
        return saved.Id is null ? Invalid(saved.Problems) : Results.Ok(await book.FindAsync(known));
    }

    private static async Task<IResult> DeleteAsync(string id, ScheduleBook book)
    {
        await book.DeleteAsync((await book.RequireAsync(id)).Id);
        return Results.NoContent();
    }

    private static async Task<IReadOnlyList<FiringView>> FiringsAsync(string id, ScheduleBook book) =>
        await book.FiringsAsync((await book.RequireAsync(id)).Id);

    private static async Task<FiringView> RunAsync(string id, ScheduleBook book, ScheduleFirings firings) =>
        await firings.RunNowAsync((await book.RequireAsync(id)).Id);

    private static async Task<ScheduleView> DoneAsync(string id, ScheduleBook book, Func<Guid, Task> act)
    {
        await act((await book.RequireAsync(id)).Id);
        return await book.RequireAsync(id);
    }

    private static IResult Invalid(IReadOnlyDictionary<string, string> problems) =>
        Results.ValidationProblem(problems.ToDictionary(field => field.Key, field => new[] { field.Value }));
}
