namespace Das.Tests.Control;

/// <summary>Runs, pages and the API on a store in which one bit was flipped.</summary>
public sealed class DamageTests : PipelineTest
{
    [Theory]
    [InlineData("ingest", "made.txt")]
    [InlineData("search", "made.txt")]
    [InlineData("search", "result.json")]
    [InlineData("finetune", "result.json")]
    [InlineData("evaluate", "made.txt")]
    public async Task The_next_run_computes_the_damaged_stage_again_and_no_other(string stage, string file)
    {
        await using PipelineProcess process = await StartAsync();
        RunView first = await process.RunAsync("first");
        Flip.Bit(Path.Combine(FolderOf(process, first, stage), file), 2);
        RunView second = await process.RunAsync("second");
        Assert.Equal([stage], second.Stages.Where(one => !one.Reused).Select(one => one.Stage));
        Assert.Equal(first.Artifacts, second.Artifacts);
        Assert.Equal(2, process.Worked(stage));
    }

    [Theory]
    [InlineData("made.txt")]
    [InlineData("result.json")]
    public async Task A_dataset_that_is_damaged_while_a_run_searches_is_made_again_and_the_run_goes_on(string file)
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (workspace, _) =>
        {
            Flip.Bit(Directory.GetFiles(Path.Combine(workspace.Folder, "..", "..", "ingest"), file, SearchOption.AllDirectories).Single(), 2);
            return Task.CompletedTask;
        }));
        RunView run = await process.RunAsync();
        Assert.True(run.Succeeded, run.Error);
        Assert.Equal([2, 1, 1, 1], run.Stages.Select(stage => process.Worked(stage.Stage)));
        Assert.NotNull(process.Store.FolderOf(run.Artifacts["ingest"], cancellation: Token));
    }

    [Fact]
    public async Task A_damaged_file_is_served_as_a_sentence_and_no_other_is_touched_by_it()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("evaluate", (workspace, _) =>
            File.WriteAllTextAsync(workspace.File(ResultFiles.Report), """{"task":"vqa"}""", Token)));
        RunView run = await process.RunAsync();
        string report = $"/api/runs/{run.Id}/report", made = $"/api/runs/{run.Id}/artifacts/evaluate/made.txt";
        Assert.Equal(HttpStatusCode.OK, (await process.Http.GetAsync(report, Token)).StatusCode);
        Flip.Bit(Path.Combine(FolderOf(process, run, "evaluate"), ResultFiles.Report), 10);
        using HttpResponseMessage answer = await process.Http.GetAsync(report, Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("report.json of evaluate/", await SignInTests.SentenceAsync(answer));
        Assert.Equal(HttpStatusCode.OK, (await process.Http.GetAsync(made, Token)).StatusCode);
    }

    [Fact]
    public async Task A_damaged_curve_is_said_on_the_runs_page()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (workspace, _) =>
        {
            ResultFiles.Write(workspace.File(ResultFiles.Search), new SearchResult(4, "das", 1, [3]) { Losses = [1, 2, 3] });
            return Task.CompletedTask;
        }));
        RunView run = await process.RunAsync();
        string page = $"/runs/{run.Id:N}";
        Assert.DoesNotContain("has changed since it was written", await process.Http.GetStringAsync(page, Token));
        Flip.Bit(Path.Combine(FolderOf(process, run, "search"), ResultFiles.Search), 30);
        Assert.Contains("search.json of search/", await process.Http.GetStringAsync(page, Token));
    }

    private static string FolderOf(PipelineProcess process, RunView run, string stage) =>
        Path.GetDirectoryName(Path.Combine(process.Store.Root, run.Artifacts[stage].Uri))!;
}
