using Das.Site.Api;

namespace Das.Tests.Site.Api;

public sealed class RunsApiTests : PipelineTest
{
    [Fact]
    public async Task Runs_are_started_by_a_recipes_name_and_listed_in_pages()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        using HttpResponseMessage answer = await http.PostAsJsonAsync("/api/runs", new { recipe = "vilt/shapes", sets = new[] { "search.skip=3" }, name =
            "mine", tags = new[] { "b", "a", "b" } }, Token);
        RunView run = (await answer.Content.ReadFromJsonAsync<RunView>(Token))!;
        Assert.Equal((HttpStatusCode.Created, $"/api/runs/{run.Id}"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        Assert.Equal(("mine", "vilt/shapes"), (run.Name, run.RecipeName));
        Assert.Equal(["a", "b"], run.Tags);
        Assert.Equal(3, JsonNode.Parse(await http.GetStringAsync($"/api/runs/{run.Id}/recipe", Token))!["search"]!["skip"]!.GetValue<int>());
        await process.WaitAsync(run.Id);
        await process.RunAsync("other", """{"name":"other"}""");

        RunPage all = await PageAsync(http, ""), first = await PageAsync(http, "?take=1"), second = await PageAsync(http, "?skip=1&take=1"),
            tagged = await PageAsync(http, "?tag=a&recipe=vilt/shapes&state=Completed"), none = await PageAsync(http, "?text=nothing");
        Assert.Equal((2, "other"), (all.Total, all.Runs[0].Name));
        Assert.Equal((2, "other", "mine"), (first.Total, Assert.Single(first.Runs).Name, Assert.Single(second.Runs).Name));
        Assert.Equal((1, run.Id), (tagged.Total, Assert.Single(tagged.Runs).Id));
        Assert.Equal(0, none.Total);
    }

    [Fact]
    public async Task A_recipe_is_checked_before_a_run_of_it_exists()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        using HttpResponseMessage answer = await http.PostAsJsonAsync("/api/runs/check", new { recipe = "vilt/shapes" }, Token);
        RunPlan plan = (await answer.Content.ReadFromJsonAsync<RunPlan>(Token))!;
        Assert.Equal((HttpStatusCode.OK, 0, 90.0), (answer.StatusCode, plan.Flaws.Count, plan.Stages[0].Seconds.Value));
        Assert.Equal([true, false, false, false], plan.Stages.Select(stage => stage.Reused));

        process.Checks.Flaws = [new("search.skip", "is too much")];
        using HttpResponseMessage refused = await http.PostAsJsonAsync("/api/runs", new { recipe = "vilt/shapes" }, Token);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("'search.skip' is too much.", await refused.Content.ReadAsStringAsync(Token));
        Assert.Empty(await process.Runs.ListAsync());
    }

    [Fact]
    public async Task A_whole_recipe_is_run_as_it_is_sent()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        Recipe recipe = RecipeCatalog.Default().Load("vilt/shapes") with { Name = "sent", Seed = 7, Device = "cpu" };
        using HttpResponseMessage answer = await http.PostAsJsonAsync("/api/runs", new { recipe = JsonNode.Parse(recipe.ToCanonicalJson()) }, Token);
        RunView run = (await answer.Content.ReadFromJsonAsync<RunView>(Token))!;
        Assert.Equal(recipe.ToCanonicalJson(), await http.GetStringAsync($"/api/runs/{run.Id}/recipe", Token));
    }

    [Theory]
    [InlineData("""{"recipe":"vilt/shape"}""", "Unknown recipe 'vilt/shape'. Did you mean 'vilt/shapes'?")]
    [InlineData("""{"recipe":"/etc/passwd"}""", "Unknown recipe '/etc/passwd'.")]
    [InlineData("""{"recipe":"recipes/vilt/shapes.json"}""", "Unknown recipe")]
    [InlineData("""{"recipe":"../recipes/vilt/shapes"}""", "Unknown recipe")]
    [InlineData("""{"recipe":"suites/smoke"}""", "Unknown recipe")]
    [InlineData("""{"recipe":"pretrain/vilt-shapes"}""", "das pretrain")]
    [InlineData("""{"recipe":"vilt/shapes","sets":["search.skp=2"]}""", "unknown key 'skp'. Did you mean 'skip'?")]
    [InlineData("""{"recipe":"vilt/shapes","sets":["nothing"]}""", "write a key and a value")]
    [InlineData("""{"recipe":"vilt/shapes","tags":["two words"]}""", "'two words' is no tag")]
    [InlineData("""{"recipe":"vilt/shapes","tags":[null]}""", "'tags[0]' must be text, not null.")]
    [InlineData("""{"recipe":"vilt/shapes","sets":["search.skip=1",null]}""", "'sets[1]' must be text, not null.")]
    [InlineData("""{"recipe":"vilt/shapes","frsh":true}""", "the request:1:25: unknown key 'frsh'. Did you mean 'fresh'?")]
    [InlineData("""{"recipe":7}""", "must be a name from /api/recipes or a whole recipe")]
    [InlineData("""{"recipe":{"name":"x"}}""", "the required key 'backbone' is missing")]
    [InlineData("{}", "the required key 'recipe' is missing")]
    [InlineData("""{"recipe":"\ud83d"}""", "the request:1:12: not valid JSON: \\ud83d is half a surrogate pair, which is no character.")]
    [InlineData("{", "not valid JSON")]
    public async Task What_cannot_be_started_is_answered_with_a_sentence_and_starts_nothing(string body, string sentence)
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        using StringContent json = new(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync("/api/runs", json, Token);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains(sentence, await SignInTests.SentenceAsync(answer));
        Assert.Equal(0, (await PageAsync(http, "")).Total);
    }

    [Fact]
    public async Task A_body_that_is_no_text_and_a_query_that_cannot_be_read_are_answered_with_a_sentence()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        using ByteArrayContent body = new([.. "{\"recipe\":\""u8, 0xe9, .. "\"}"u8]);
        body.Headers.ContentType = new("application/json");
        using HttpResponseMessage answer = await http.PostAsync("/api/runs", body, Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("the request:1:12: the byte 0xE9 is no UTF-8 there", await SignInTests.SentenceAsync(answer));
        using HttpResponseMessage unread = await http.GetAsync("/api/runs?skip=many", Token);
        Assert.Equal(HttpStatusCode.BadRequest, unread.StatusCode);
        Assert.StartsWith("The query gives skip as 'many', which cannot be read", await SignInTests.SentenceAsync(unread));
    }

    [Fact]
    public async Task Over_the_network_a_recipe_names_no_file_of_the_server()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient ann = await site.WithKeyAsync("operator");
        using HttpResponseMessage refused = await ann.PostAsJsonAsync("/api/runs", new { recipe = "vilt/shapes", sets =
            new[] { "backbone.vocabulary=/etc/passwd" } }, Token);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("must not be '/etc/passwd'", await SignInTests.SentenceAsync(refused));
        Assert.Equal(HttpStatusCode.Created, (await ann.PostAsJsonAsync("/api/runs", new { recipe = "vilt/shapes" }, Token)).StatusCode);
    }

    [Fact]
    public async Task A_run_is_cancelled_retried_and_repeated_and_what_cannot_be_done_is_a_conflict()
    {
        TaskCompletionSource searching = new();
        await using PipelineProcess process = await StartAsync(stages =>
            stages.On("search", (_, cancellation) => searching.Task.WaitAsync(cancellation)));
        HttpClient http = process.Http;
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, run => run.Standing == "Running search");
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(http, $"/api/runs/{id}/retry")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(http, $"/api/runs/{id}/cancel")).StatusCode);
        Assert.Equal(RunStatus.Cancelled, (await process.WaitAsync(id)).State);
        using HttpResponseMessage ended = await PostAsync(http, $"/api/runs/{id}/cancel");
        Assert.Equal(HttpStatusCode.Conflict, ended.StatusCode);
        Assert.Contains("has already ended (Cancelled)", await SignInTests.SentenceAsync(ended));
        searching.SetResult();
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(http, $"/api/runs/{id}/retry")).StatusCode);
        await process.SucceedAsync(id);
        Assert.Contains("nothing to retry", await SignInTests.SentenceAsync(await PostAsync(http, $"/api/runs/{id}/retry")));

        RunView again = (await (await PostAsync(http, $"/api/runs/{id}/again", """{"fresh":true}""")).Content.ReadFromJsonAsync<RunView>(Token))!;
        Assert.NotEqual(id, again.Id);
        Assert.All((await process.WaitAsync(again.Id)).Stages, stage => Assert.False(stage.Reused));
    }

    [Fact]
    public async Task Tags_and_notes_are_replaced()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        Guid id = (await process.RunAsync()).Id;
        (await http.PutAsJsonAsync($"/api/runs/{id}/tags", new { tags = new[] { "seed-study", "baseline" } }, Token)).EnsureSuccessStatusCode();
        (await http.PutAsJsonAsync($"/api/runs/{id}/notes", new { notes = "as last year" }, Token)).EnsureSuccessStatusCode();
        RunView run = (await process.Runs.FindAsync(id))!;
        Assert.Equal(["baseline", "seed-study"], run.Tags);
        Assert.Equal("as last year", run.Notes);
        Assert.Contains("at most 20000", await SignInTests.SentenceAsync(await http.PutAsJsonAsync($"/api/runs/{id}/notes",
            new { notes = new string('x', 20_001) }, Token)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge,
            (await http.PutAsJsonAsync($"/api/runs/{id}/notes", new { notes = new string('x', 2 << 20) }, Token)).StatusCode);
    }

    [Fact]
    public async Task Names_tags_and_notes_are_bounded_with_a_sentence_and_nothing_is_changed()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        Guid id = (await process.RunAsync()).Id;
        Assert.Contains("A run's name: 1 to 200 characters, not 201.", await SaidAsync(http.PostAsJsonAsync("/api/runs",
            new { recipe = "vilt/shapes", name = new string('x', 201) }, Token)));
        Assert.Contains("A run's name: no control character such as U+0000.", await SaidAsync(http.PostAsJsonAsync("/api/runs",
            new { recipe = "vilt/shapes", name = "a\0b" }, Token)));
        Assert.Contains("A tag: at most 64 characters, not 65.", await SaidAsync(http.PutAsJsonAsync($"/api/runs/{id}/tags",
            new { tags = new[] { new string('x', 65) } }, Token)));
        Assert.Contains("at most 32 tags, not 33.", await SaidAsync(http.PutAsJsonAsync($"/api/runs/{id}/tags",
            new { tags = Enumerable.Range(0, 33).Select(tag => $"{tag}") }, Token)));
        Assert.Contains("A run's notes: no control", await SaidAsync(http.PutAsJsonAsync($"/api/runs/{id}/notes", new { notes = "\u001b[2J" }, Token)));
        RunView run = Assert.Single(await process.Runs.ListAsync());
        Assert.Equal(([], ""), (run.Tags, run.Notes));

        static async Task<string> SaidAsync(Task<HttpResponseMessage> asked)
        {
            using HttpResponseMessage answer = await asked;
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            return await SignInTests.SentenceAsync(answer);
        }
    }

    [Fact]
    public async Task Curves_and_log_come_thinned_out()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", async (workspace, _) =>
        {
            workspace.Report(1, 2, "loss 3", () => [new("loss", 3.0)]);
            await Task.Delay(200);
        }));
        HttpClient http = process.Http;
        Guid id = (await process.RunAsync()).Id;
        Curve[] curves = (await http.GetFromJsonAsync<Curve[]>($"/api/runs/{id}/curves?most=1", Token))!;
        Assert.All(curves, curve => Assert.True(curve.Points.Count <= 2));
        Assert.Contains(curves, curve => curve.Stage == "search");
        LogRow[] log = (await http.GetFromJsonAsync<LogRow[]>($"/api/runs/{id}/log?most=1", Token))!;
        Assert.Equal("Completed", Assert.Single(log).Text);
        Assert.Contains("gives most as 'many'", await SignInTests.SentenceAsync(await http.GetAsync($"/api/runs/{id}/log?most=many", Token)));
    }

    [Fact]
    public async Task Recipes_are_listed_and_given_whole()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        RecipeSummary[] recipes = (await http.GetFromJsonAsync<RecipeSummary[]>("/api/recipes", Token))!;
        Assert.Equal(RecipeCatalog.Default().Entries.Where(entry => !entry.Pretrains).Select(entry => entry.Name), recipes.Select(recipe => recipe.Name));
        Assert.All(recipes, recipe => Assert.Null(recipe.Error));
        Assert.Equal(RecipeCatalog.Default().Load("vilt/shapes").ToCanonicalJson(), await http.GetStringAsync("/api/recipes/vilt/shapes", Token));
        foreach (string other in new[] { "vilt/none", "pretrain/vilt-shapes", "vilt/shapes.json", "..%2f..%2fglobal" })
            await http.AnswersAsync(HttpStatusCode.NotFound, $"/api/recipes/{other}");
    }

    private static async Task<RunPage> PageAsync(HttpClient http, string query) =>
        (await http.GetFromJsonAsync<RunPage>($"/api/runs{query}", Token))!;

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string body = "") =>
        http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);
}
