
namespace Das.Tests.Site.Api;

public sealed class SchedulesApiTests : PipelineTest
{
    [Fact]
    public async Task A_schedule_is_made_changed_paused_resumed_fired_and_deleted_over_http()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        RunView run = await process.RunAsync("trained");
        HttpResponseMessage created = await http.PostAsJsonAsync("/api/schedules",
            new { name = "nightly", runId = run.Id, cron = "0 2 * * *", timeZone = "Europe/Berlin" }, Token);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        ScheduleView made = (await created.Content.ReadFromJsonAsync<ScheduleView>(Token))!;
        Assert.Equal(($"/api/schedules/{made.Id}", "Every day at 02:00", 2), (created.Headers.Location!.ToString(), made.InWords, made.Next!.Value.Hour));

        string path = $"/api/schedules/{made.Id}";
        Assert.True((await http.PutAsJsonAsync(path, new { name = "hourly", recipeName = "fake", cron = "0 * * * *" }, Token)).IsSuccessStatusCode);
        Assert.True((await http.PostAsync($"{path}/pause", null, Token)).IsSuccessStatusCode);
        ScheduleView listed = Assert.Single((await http.GetFromJsonAsync<ScheduleView[]>("/api/schedules", Token))!);
        Assert.Equal(("hourly", "fake", null, true, null), (listed.Name, listed.Wish.RecipeName, listed.Wish.RunId, listed.Paused, listed.Next));
        FiringView firing = (await (await http.PostAsync($"{path}/run", null, Token)).Content.ReadFromJsonAsync<FiringView>(Token))!;
        Assert.Equal(FiringOutcome.Started, firing.Outcome);
        Assert.Equal(firing.RunId, Assert.Single((await http.GetFromJsonAsync<FiringView[]>($"{path}/firings", Token))!).RunId);
        await http.PostAsync($"{path}/resume", null, Token);
        Assert.False((await http.GetFromJsonAsync<ScheduleView>(path, Token))!.Paused);
        await process.WaitAsync(firing.RunId!.Value);

        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync(path, Token)).StatusCode);
        foreach (HttpResponseMessage gone in new[] { await http.GetAsync(path, Token), await http.DeleteAsync(path, Token),
            await http.PostAsync($"{path}/run", null, Token) })
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.NotNull(await process.Runs.FindAsync(firing.RunId!.Value));
    }

    [Fact]
    public async Task Where_drops_are_posted_to_is_told_to_operators_only()
    {
        const string secret = "https://hooks.example/secret";
        await using SignInSite site = await StartSignInAsync();
        RunView run = await site.Process.RunAsync("trained");
        using HttpClient op = await site.WithKeyAsync(Roles.Operator), viewer = await site.WithKeyAsync(Roles.Viewer);
        using HttpResponseMessage made = await op.PostAsJsonAsync("/api/schedules", new { name = "nightly", runId = run.Id, webhook = secret }, Token);
        foreach (string path in new[] { "/api/schedules", made.Headers.Location!.ToString() })
        {
            Assert.Contains(secret, await op.GetStringAsync(path, Token));
            Assert.Contains("nightly", await viewer.GetStringAsync(path, Token));
            Assert.DoesNotContain(secret, await viewer.GetStringAsync(path, Token));
        }
    }

    [Fact]
    public async Task Every_wrong_field_is_explained_and_nothing_is_saved()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        JsonObject errors = await RefusedAsync(new { name = " ", cron = "61 * * * *", timeZone = "Mars/Base", metric = "", catchUp = "sometimes",
            webhook = "file:///etc/passwd" });
        Assert.Equal(["catchUp", "cron", "metric", "name", "runId", "timeZone", "webhook"], errors.Select(error => error.Key).Order());
        Assert.Contains("between 0 and 59", errors["cron"]![0]!.GetValue<string>());
        Assert.Equal(["runId"], (await RefusedAsync(new { name = "a", runId = Guid.NewGuid() })).Select(error => error.Key));
        Assert.Equal(["recipeName"], (await RefusedAsync(new { name = "a", recipeName = "unheard-of" })).Select(error => error.Key));
        Assert.Empty(await process.Services.GetRequiredService<ScheduleBook>().ListAsync());

        HttpResponseMessage preview = await http.GetAsync("/api/schedules/preview?cron=0+2+*+*+*&timeZone=UTC", Token);
        SchedulePreview shown = (await preview.Content.ReadFromJsonAsync<SchedulePreview>(Token))!;
        Assert.Equal(("Every day at 02:00", 5), (shown.InWords, shown.Next.Count));
        await http.AnswersAsync(HttpStatusCode.BadRequest, "/api/schedules/preview?cron=now&timeZone=UTC");

        async Task<JsonObject> RefusedAsync(object wish)
        {
            HttpResponseMessage answer = await http.PostAsJsonAsync("/api/schedules", wish, Token);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!["errors"]!.AsObject();
        }
    }

    [Fact]
    public async Task The_pages_and_Hangfires_dashboard_are_served()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        foreach (string page in new[] { "/schedules", "/schedules/new", $"/schedules/{Guid.NewGuid()}", "/hangfire", "/hangfire/recurring" })
            Assert.Equal((page, HttpStatusCode.OK), (page, (await http.GetAsync(page, Token)).StatusCode));
    }
}
