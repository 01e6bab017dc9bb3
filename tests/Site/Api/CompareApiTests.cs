using Das.Site.Api;

namespace Das.Tests.Site.Api;

/// <summary>The comparison over HTTP, and its page as the server first sends it.</summary>
public sealed class CompareApiTests : IAsyncLifetime
{
    private readonly EvaluatedRuns runs = new();
    private readonly HttpClient site = new();
    private PipelineProcess process = null!;

    public async ValueTask InitializeAsync()
    {
        process = await PipelineProcess.StartAsync(runs.Home);
        site.BaseAddress = process.Address;
    }

    public async ValueTask DisposeAsync()
    {
        site.Dispose();
        await process.DisposeAsync();
        runs.Dispose();
    }

    private (Guid A, Guid B) Pair()
    {
        ArtifactRef dataset = runs.Dataset();
        return (runs.Add(dataset, [1, 1, 0, 0]), runs.Add(dataset, [1, 0, 1, 0], recipe => recipe with { Search = recipe.Search with { Skip = 1 } }));
    }

    [Fact]
    public async Task Runs_are_compared_and_the_base_may_be_chosen()
    {
        var (a, b) = Pair();
        JsonNode compared = (await site.GetFromJsonAsync<JsonNode>($"/api/compare?runs={a},{b}&base={b}", Token))!;
        Assert.Equal((b.ToString(), "A", a.ToString()), ((string?)compared["base"], (string?)compared["runs"]![0]!["letter"],
            (string?)compared["runs"]![0]!["run"]!["id"]));
        Assert.Equal((0.5, 1.0, 4), ((double)compared["scores"]![0]!["values"]![0]!["value"]!,
            (double)compared["scores"]![0]!["values"]![0]!["paired"]!["pValue"]!, (int)compared["scores"]![0]!["values"]![0]!["paired"]!["questions"]!));
    }

    [Fact]
    public async Task Differences_are_questions_with_the_addresses_of_their_pictures_which_are_served_as_stored()
    {
        var (a, b) = Pair();
        JsonNode page = (await site.GetFromJsonAsync<JsonNode>($"/api/compare/differences?runs={a},{b}&filter=onlyB&skip=0&take=5", Token))!;
        Assert.Equal((4, 1), ((int)page["counts"]!["all"]!, (int)page["counts"]!["onlyB"]!));
        JsonNode question = Assert.Single(page["questions"]!.AsArray())!;
        Assert.Equal("2", (string?)question["id"]);
        using HttpResponseMessage picture = await site.GetAsync((string?)question["images"]![0], Token);
        Assert.Equal((HttpStatusCode.OK, "image/png", "nosniff"),
            (picture.StatusCode, picture.Content.Headers.ContentType!.MediaType, picture.Headers.GetValues("X-Content-Type-Options").Single()));
        Assert.Equal(EvaluatedRuns.Png(1), await picture.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Both_pictures_of_a_pair_and_a_row_named_like_a_path_are_found_and_paths_are_not()
    {
        ArtifactRef pairs = runs.Dataset(TaskKinds.Pairs,
            new TableRow(new PairRow("a/../b é%", [new("s", true)]), EvaluatedRuns.Png(1), EvaluatedRuns.Png(2)),
            new TableRow(new PairRow("bare", [new("s", true)]), new byte[] { 1, 2 }, new byte[] { 3 }));
        Guid run = runs.Add(pairs, ["""{"split":"test","identifier":"a/../b é%","sentence":"s","answer":true,"expected":true,"score":1}"""], "nlvr2",
            [new("accuracy", 1)]);
        string row = Uri.EscapeDataString("a/../b é%");
        Assert.Equal(EvaluatedRuns.Png(2), await site.GetByteArrayAsync($"/api/runs/{run}/examples/{row}/image?picture=1", Token));
        await AnsweredAsync(HttpStatusCode.NotFound, "has no picture 2", $"/api/runs/{run}/examples/{row}/image?picture=2");
        await AnsweredAsync(HttpStatusCode.NotFound, "has no picture 0", $"/api/runs/{run}/examples/..%2F..%2Fregistry.db/image");
        await AnsweredAsync(HttpStatusCode.BadRequest, "has no split '../val'", $"/api/runs/{run}/examples/{row}/image?split=../val");
        await AnsweredAsync(HttpStatusCode.BadRequest, "is neither PNG nor JPEG; it begins with 0102", $"/api/runs/{run}/examples/bare/image");
        await AnsweredAsync(HttpStatusCode.NotFound, "There is no run 'ffff'", "/api/runs/ffff/examples/1/image");
    }

    [Theory]
    [InlineData("markdown", "text/markdown", "| method |")]
    [InlineData("latex", "application/x-latex", "\\begin{tabular}")]
    [InlineData("csv", "text/csv", "method,updated parameters,MACs,additional MACs,VQA,VQA ±,VQA seeds\n\"vilt, DAS, k = 2\",,50000000,-4000000,0.5,")]
    public async Task The_papers_table_comes_in_each_format(string format, string type, string begins)
    {
        var (a, b) = Pair();
        using HttpResponseMessage table = await site.GetAsync($"/api/compare/table?runs={a},{b}&format={format}", Token);
        Assert.Equal(type, table.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith(begins, await table.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task What_cannot_be_compared_is_answered_with_a_sentence()
    {
        var (a, b) = Pair();
        await AnsweredAsync(HttpStatusCode.BadRequest, "Name at least 2 different runs", "/api/compare");
        await AnsweredAsync(HttpStatusCode.BadRequest, "There is no run 'zz'", $"/api/compare?runs={a},zz");
        await AnsweredAsync(HttpStatusCode.BadRequest, "The base run 'ffff' is not among", $"/api/compare?runs={a},{b}&base=ffff");
        await AnsweredAsync(HttpStatusCode.BadRequest, "Unknown format 'latx'. Did you mean 'latex'?", $"/api/compare/table?runs={a},{b}&format=latx");
        await AnsweredAsync(HttpStatusCode.BadRequest, "Unknown filter 'onlyC'. Did you mean 'onlyA'?", $"/api/compare/differences?runs={a},{b}&filter=onlyC");
        await AnsweredAsync(HttpStatusCode.BadRequest, "has no metric 'f1'", $"/api/compare/differences?runs={a},{b}&metric=f1");
        Guid twin = runs.Add(runs.Dataset(), [1], recipe => recipe with { Finetune = recipe.Finetune with { Epochs = 1 } });
        await AnsweredAsync(HttpStatusCode.BadRequest, "differ in finetune.epochs", $"/api/compare/table?runs={a},{twin}");
    }

    [Theory]
    [InlineData("", "Name at least 2 different runs, separated by commas; there are none.")]
    [InlineData("@,@", "there is one.")]
    [InlineData("@,zz", "There is no run 'zz'.")]
    [InlineData("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "21 runs are too many to be compared; take at most 20.")]
    public async Task Too_few_too_many_or_unknown_runs_are_refused(string names, string sentence)
    {
        string known = runs.Add(runs.Dataset(), [1]).ToString("N");
        DasException refused = await Assert.ThrowsAsync<DasException>(() => runs.Get<RunRegistry>().SelectAsync(names.Replace("@", known)));
        Assert.Contains(sentence, refused.Message);
    }

    [Fact]
    public async Task The_page_shows_scores_questions_and_settings_and_says_what_stands_in_the_way()
    {
        var (a, b) = Pair();
        string page = await site.GetStringAsync($"/compare?runs={a},{b}&filter=OnlyB", Token);
        Assert.All(["Compare runs", "p = 1", "which colour 2?", "Only B right (1)", "search.skip", "MACs of one sample (G)", "A (DAS): 50.00 % at 0.05 G",
            "vilt, DAS, k = 1"], text => Assert.Contains(text, page));
        Assert.DoesNotContain("finetune.epochs", page);
        Assert.Contains("There is no run &#x27;zz&#x27;.", await site.GetStringAsync($"/compare?runs={a},zz", Token));
        Assert.Contains("2 runs fit:", await site.GetStringAsync("/compare", Token));
    }

    private async Task AnsweredAsync(HttpStatusCode status, string sentence, string address)
    {
        using HttpResponseMessage answer = await site.GetAsync(address, Token);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(sentence, (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>(Token))!["detail"]);
    }
}
