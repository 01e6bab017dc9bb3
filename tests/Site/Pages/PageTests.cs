
namespace Das.Tests.Site.Pages;

public sealed class PageTests : PipelineTest
{
    [Theory]
    [InlineData("/")]
    [InlineData("/start")]
    [InlineData("/start?recipe=vilt/shapes")]
    public async Task A_page_is_whole_without_a_script(string address)
    {
        await using PipelineProcess process = await StartAsync();
        string page = await process.Http.GetStringAsync(address, Token);
        Assert.StartsWith("<!DOCTYPE html>", page);
        Assert.Contains("</html>", page);
        Assert.Contains("<h1", page);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", "")
            .Replace(process.Address.ToString(), ""));
        Assert.DoesNotContain("https://", page);
    }

    [Theory]
    [InlineData("/nothing/here", "There is no such page")]
    [InlineData("/runs/ffff", "There is no such run")]
    public async Task What_does_not_exist_is_said_with_404(string address, string sentence)
    {
        await using PipelineProcess process = await StartAsync();
        HttpResponseMessage answer = await process.Http.GetAsync(address, Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task The_list_shows_what_the_filter_asks_for()
    {
        await using PipelineProcess process = await StartAsync();
        Guid one = await process.BeginAsync("the tagged run");
        await process.RunAsync("the other run");
        await process.WaitAsync(one);
        await process.Runs.TagAsync(one, ["baseline"]);
        string all = await process.Http.GetStringAsync("/", Token), tagged = await process.Http
            .GetStringAsync("/?tag=baseline&state=Completed&page=nonsense", Token);
        Assert.Contains("the other run", all);
        Assert.Contains("the tagged run", tagged);
        Assert.DoesNotContain("the other run", tagged);
        Assert.Contains("75.0 %", all);
    }

    [Fact]
    public async Task A_run_shows_its_stages_result_artifacts_lineage_and_command()
    {
        await using PipelineProcess process = await StartAsync();
        RunView first = await process.RunAsync("first");
        RunView run = await process.RunAsync("<b>second</b>");
        string page = await process.Http.GetStringAsync($"/runs/{run.ShortId}", Token);
        Assert.Contains("&lt;b&gt;second&lt;/b&gt;", page);
        Assert.Contains("finished (reused)", page);
        Assert.Contains("Not used, or not whole: train: 3 captions without words", page);
        Assert.Contains($"/api/runs/{run.Id:N}/artifacts/finetune/made.txt", page);
        Assert.Contains($"/runs/{first.Id:N}", page);
        Assert.Contains("das run recipe.json --fresh", page);
        Assert.Contains("Skipped layers: 3, 7.", page);
    }

    [Fact]
    public async Task A_flaw_of_an_earlier_runs_recipe_is_shown_at_its_field()
    {
        await using PipelineProcess process = await StartAsync();
        JsonNode recipe = JsonNode.Parse(RecipeCatalog.Default().Load("vilt/shapes").ToCanonicalJson())!;
        recipe["search"]!["skip"] = -1;
        Guid id = await process.Runs.StartAsync(recipe.ToJsonString(), "flawed", fresh: false);
        await process.WaitAsync(id);
        string page = await process.Http.GetStringAsync($"/start?from={id:N}", Token);
        int field = page.IndexOf("id=\"search.skip\""), next = page.IndexOf("id=\"search.skipModule\"");
        Assert.InRange(page.IndexOf("Must be at least 0, not -1."), field, next);
    }

    [Fact]
    public async Task Lineage_leads_to_runs_before_beside_and_after()
    {
        await using PipelineProcess process = await StartAsync();
        RunView whole = await process.RunAsync("whole");
        GivenResults given = new(whole.Artifacts["ingest"], whole.SkipModule, whole.Artifacts["finetune"]);
        RunView again = await process.WaitAsync(await process.Runs.StartAsync("""{"name":"other"}""", "evaluated again", fresh: false, given));
        RunLineage lineage = new(new RegistryDatabase(new(Home.Path)));
        LineageStep dataset = (await lineage.OfAsync(whole)).Single(step => step.Stage == "ingest"), checkpoint = (await lineage.OfAsync(whole))
            .Single(step => step.Stage == "finetune");
        Assert.Equal(["ingest", "search"], checkpoint.MadeFrom.Order());
        Assert.Equal(new RunLink(again.Id, "evaluated again", "finetune"), Assert.Single(checkpoint.AlsoIn));
        Assert.Equal(again.Id, Assert.Single(dataset.AlsoIn).Id);
        IReadOnlyList<LineageStep> back = await lineage.OfAsync(again);
        Assert.Equal(whole.Id, Assert.Single(back.Single(step => step.Stage == "finetune").AlsoIn).Id);
        Assert.Equal(["finetune", "ingest"], back.Single(step => step.Stage == "evaluate").MadeFrom.Order());
        Assert.Empty(back.Single(step => step.Stage == "evaluate").AlsoIn);
    }

    [Fact]
    public async Task Run_again_takes_the_given_results_and_the_tags_along()
    {
        await using PipelineProcess process = await StartAsync();
        RunView whole = await process.RunAsync("whole");
        Guid given = await process.Runs.StartAsync(Fake, "from the dataset", fresh: true, new(whole.Artifacts["ingest"]));
        await process.Runs.TagAsync(given, ["kept"]);
        await process.WaitAsync(given);
        RunView again = await process.WaitAsync(await process.Runs.AgainAsync(given, fresh: false));
        Assert.Equal(("from the dataset", false, StageStatus.Given), (again.Name, again.Fresh, again.Stages[0].State));
        Assert.Equal(["kept"], (await process.Runs.FindAsync(again.Id))!.Tags);
    }

    [Fact]
    public async Task A_finished_search_is_drawn_from_its_files_where_little_was_heard()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (workspace, _) =>
        {
            AtomicFile.WriteJson(workspace.File("search.json"),
                JsonNode.Parse("""{"candidates":3,"preferencesOverTime":[[0,0.1,0],[0.2,0.1,-0.3]],"losses":[2,1.5,1]}""")!);
            return Task.CompletedTask;
        }));
        RunView run = await process.RunAsync("searched");
        RunHistory history = await new RunHistories(new(new RegistryDatabase(new(Home.Path))), process.Store).ReadAsync(run);
        Assert.Equal(3, history.Candidates);
        Assert.Equal([0, -0.3], history.Preferences!.Layers[2]);
        Assert.Equal([2, 1.5, 1], history.Curves.Single(curve => curve.Name == "loss").Points.Select(point => point.Value));
        string page = await process.Http.GetStringAsync($"/runs/{run.Id:N}", Token);
        Assert.Contains("The last values, by layer: 0: 0.2, 1: 0.1, 2: -0.3.", page);
        Assert.Contains("Made by build ", page);
        Assert.Contains("Of 3 candidate layers these are replaced by adapters: 3, 7.", page);
    }

    [Fact]
    public async Task A_running_stage_shows_how_far_it_is()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", async (workspace, cancellation) =>
        {
            while (!hold.Task.IsCompleted)
            {
                workspace.Report(250, 1000, "loss 0.5", () => [new("loss", 0.5)], () => new() { ["preference"] = [0.1, -0.1] });
                await Task.Delay(50, cancellation);
            }
        }));
        Guid id = await process.BeginAsync("long");
        await process.UntilAsync(id, run => run.Progress is { Done: 250 });
        string page = await process.Http.GetStringAsync($"/runs/{id:N}", Token);
        Assert.Contains("250 of 1,000", page);
        Assert.Contains("loss 0.5", page);
        Assert.Contains("Cancel", page);
        hold.SetResult();
        await process.WaitAsync(id);
    }

    [Fact]
    public async Task A_finished_model_that_writes_texts_has_a_page_to_ask_it_and_others_say_why_not()
    {
        await using PipelineProcess process = await StartAsync();
        RunView writes = await process.RunAsync(recipe: RecipeCatalog.Default().Load("llava-stories/aid").ToCanonicalJson()),
            plain = await process.RunAsync(recipe: RecipeCatalog.Default().Load("llama-stories/boolq").ToCanonicalJson()),
            chooses = await process.RunAsync(recipe: RecipeCatalog.Default().Load("vilt/shapes").ToCanonicalJson());
        Assert.Contains($"/runs/{writes.Id:N}/chat", await process.Http.GetStringAsync($"/runs/{writes.Id:N}", Token));
        string page = await process.Http.GetStringAsync($"/runs/{writes.ShortId}/chat", Token);
        Assert.Contains("What was said before is read with each question.", page);
        Assert.Contains("""<label for="picture">""", page);
        page = await process.Http.GetStringAsync($"/runs/{plain.ShortId}/chat", Token);
        Assert.Contains("Each question stands alone", page);
        Assert.DoesNotContain("""for="picture""", page);
        Assert.DoesNotContain($"/runs/{chooses.Id:N}/chat", await process.Http.GetStringAsync($"/runs/{chooses.Id:N}", Token));
        using HttpResponseMessage nothing = await process.Http.GetAsync($"/runs/{chooses.Id:N}/chat", Token);
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        Assert.Contains("A vilt chooses among answers and writes none", await nothing.Content.ReadAsStringAsync(Token));
        await process.Http.AnswersAsync(HttpStatusCode.NotFound, "/runs/ffff/chat");
    }

    private static HttpClient Client(PipelineProcess process) => new() { BaseAddress = process.Address };
}
