using System.Net.Http.Headers;
using Das.Site.Api;

namespace Das.Tests.Site.Api;

public sealed class ArtifactsApiTests : PipelineTest
{
    [Fact]
    public async Task The_files_that_stages_left_are_listed_and_downloaded_whole_or_in_part()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        Guid id = (await process.RunAsync()).Id;
        ArtifactFile[] files = (await http.GetFromJsonAsync<ArtifactFile[]>($"/api/runs/{id}/artifacts", Token))!;
        Assert.Equal(["ingest", "search", "finetune", "evaluate"], files.Select(file => file.Stage));
        Assert.All(files, file => Assert.Equal((StageMaking.ThisBuild, 1), (file.Making!.Build, file.Making.Deliveries)));
        foreach (ArtifactFile file in files)
        {
            using HttpResponseMessage answer = await http.GetAsync(file.Href, Token);
            byte[] bytes = await answer.Content.ReadAsByteArrayAsync(Token);
            Assert.Equal((file.Stage, file.Sha256, file.Bytes), (Encoding.UTF8.GetString(bytes), Digest.Of(bytes), bytes.LongLength));
            Assert.Equal(("attachment", "made.txt"), (answer.Content.Headers.ContentDisposition!.DispositionType,
                answer.Content.Headers.ContentDisposition.FileName));
            Assert.Equal($"\"{file.Sha256}\"", answer.Headers.ETag!.Tag);
        }
        using HttpRequestMessage part = new(HttpMethod.Get, files[1].Href) { Headers = { Range = new RangeHeaderValue(1, 3) } };
        using HttpResponseMessage partial = await http.SendAsync(part, Token);
        Assert.Equal((HttpStatusCode.PartialContent, "ear"), (partial.StatusCode, await partial.Content.ReadAsStringAsync(Token)));
    }

    [Fact]
    public async Task Where_a_runs_artifacts_come_from_and_go_to_is_told_and_how_to_compute_it_again()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        RunView first = await process.RunAsync("first");
        RunView second = await process.RunAsync("second");
        LineageStep[] steps = (await http.GetFromJsonAsync<LineageStep[]>($"/api/runs/{first.Id}/lineage", Token))!;
        Assert.Equal(["ingest", "search", "finetune", "evaluate"], steps.Select(step => step.Stage));
        Assert.Equal(["ingest", "search"], steps[2].MadeFrom.Order());
        Assert.All(steps, step => Assert.Equal(second.Id, Assert.Single(step.AlsoIn).Id));
        Assert.Equal(new Reproduction("das run recipe.json --fresh", NeedsFile: true),
            await http.GetFromJsonAsync<Reproduction>($"/api/runs/{first.Id}/command", Token));
    }

    [Theory]
    [InlineData("search/result.json")]
    [InlineData("search/other.txt")]
    [InlineData("search/..%2fmade.txt")]
    [InlineData("search/..%2f..%2f..%2fregistry.db")]
    [InlineData("search/%2e%2e/%2e%2e/%2e%2e/registry.db")]
    [InlineData("search/%2fetc%2fpasswd")]
    [InlineData("search//etc/passwd")]
    [InlineData("search/..%5c..%5cregistry.db")]
    [InlineData("..%2f..%2fregistry.db/x")]
    [InlineData("nothing/made.txt")]
    [InlineData("search/made.txt%00")]
    public async Task No_other_file_is_served(string path)
    {
        await using PipelineProcess process = await StartAsync();
        Guid id = (await process.RunAsync()).Id;
        HttpClient http = process.Http;
        Uri address = new($"{process.Address}api/runs/{id}/artifacts/{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using HttpResponseMessage answer = await http.GetAsync(address, Token);
        Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{answer.StatusCode}");
        Assert.NotEqual("search", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task What_is_not_there_yet_or_no_longer_is_told_in_a_sentence()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        Guid id = await process.BeginAsync();
        var run = await process.WaitAsync(id);
        Assert.Contains("left no file 'report.json'. It left: made.txt.",
            await SignInTests.SentenceAsync(await http.GetAsync($"/api/runs/{id}/report", Token)));
        File.Delete(process.Store.PathOf(process.Store.ReadResult(run.Artifacts["search"]).File("made.txt")));
        using HttpResponseMessage gone = await http.GetAsync($"/api/runs/{id}/artifacts/search/made.txt", Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Contains("no longer in the store", await SignInTests.SentenceAsync(gone));
    }
}
