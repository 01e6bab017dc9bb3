using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Das.Tests.Control.Schedules;

/// <summary>The real stages: what a re-evaluation says of a checkpoint that nobody touched, and of one that was disturbed.</summary>
public sealed class ReevaluationTests : PipelineTest
{
    [Fact]
    public async Task An_unchanged_checkpoint_is_not_flagged_a_damaged_one_refused_and_a_worse_one_flagged_everywhere()
    {
        ConcurrentQueue<JsonNode> posted = new();
        ConcurrentQueue<string> warnings = new();
        ConcurrentQueue<AccuracyDropped> events = new();
        await using WebApplication serving = await ServeAsync(Home.Path, posted, warnings);
        await serving.Services.GetRequiredService<IBus>().ConnectReceiveEndpoint("drops", endpoint => endpoint.Handler<AccuracyDropped>(context =>
        {
            events.Enqueue(context.Message);
            return Task.CompletedTask;
        })).Ready;
        (RunRegistry runs, ScheduleBook book, ScheduleFirings firings) =
            (serving.Services.GetRequiredService<RunRegistry>(), serving.Services.GetRequiredService<ScheduleBook>(),
                serving.Services.GetRequiredService<ScheduleFirings>());

        Recipe recipe = TinyShapes.Recipe;
        RunView trained = await runs.WaitAsync(await runs.StartAsync(recipe.ToCanonicalJson(), "trained", fresh: false), null, Token);
        Assert.True(trained.Succeeded, trained.Error);
        Guid schedule = (await book.SaveAsync(new() { Name = "nightly", RecipeName = trained.RecipeName,
            Webhook = $"{serving.Urls.Single()}/hook" })).Id!.Value;

        FiringView unchanged = await FireAsync();
        Assert.Equal((FiringOutcome.Passed, null, trained.Id, 1.0), (unchanged.Outcome, unchanged.Sentence, unchanged.ComparedWith, unchanged.PValue));
        Assert.Equal((trained.Flat["accuracy"], trained.Flat["accuracy"]), (unchanged.Before, unchanged.After));
        Assert.Equal((0, 0, 0), (posted.Count, events.Count, warnings.Count));

        Disturb(Path.Combine(FolderOf(trained), ResultFiles.Checkpoint));
        FiringView refused = await FireAsync();
        Assert.Equal(FiringOutcome.Failed, refused.Outcome);
        Assert.Contains($"{ResultFiles.Checkpoint} of finetune/", refused.Sentence);
        Assert.Contains("has changed since it was written", refused.Sentence);

        await TakeAsWrittenAsync(trained);
        FiringView disturbed = await FireAsync();
        Assert.True(disturbed.Outcome == FiringOutcome.Dropped, disturbed.ToString());
        Assert.True(disturbed.After < disturbed.Before && disturbed.PValue < FiringJudge.Significance, disturbed.ToString());
        Assert.Contains("accuracy fell from", disturbed.Sentence);
        Assert.Equal(trained.Id, disturbed.ComparedWith);
        Assert.Equal(disturbed, Assert.Single(await book.DropsAsync(TimeSpan.FromDays(1))).Firing);
        Assert.Contains(await serving.Services.GetRequiredService<RunCurves>().LogAsync(disturbed.RunId!.Value), line => line.Text == disturbed.Sentence);
        Assert.Contains(warnings, warning => warning.Contains(disturbed.Sentence!));
        await UntilAsync(() => Task.FromResult(posted.Count + events.Count == 2));
        Assert.Equal(new AccuracyDropped(schedule, "nightly", disturbed.RunId!.Value, trained.Id, "accuracy", disturbed.Before!.Value,
            disturbed.After!.Value, disturbed.PValue!.Value), Assert.Single(events));
        Assert.Equal(disturbed.RunId, (Guid)Assert.Single(posted)["runId"]!);

        FiringView still = await FireAsync();
        Assert.Equal((FiringOutcome.Dropped, trained.Id), (still.Outcome, still.ComparedWith));
        ScheduleSaved untold = await book.SaveAsync(new() { Name = "costs", RunId = trained.Id, Metric = "macsFull" });
        Assert.Contains("there is no paired test of it", Assert.Single(untold.Problems, problem => problem.Key == "metric").Value);

        async Task<FiringView> FireAsync()
        {
            FiringView begun = await firings.RunNowAsync(schedule);
            Assert.True(begun.Outcome == FiringOutcome.Started, begun.ToString());
            await UntilAsync(async () => (await book.FiringsAsync(schedule))[0].Outcome != FiringOutcome.Started);
            return (await book.FiringsAsync(schedule))[0];
        }
    }

    /// <summary>Other weights in the same number of bytes: the file's 4-byte numbers in reverse order behind its header.</summary>
    private static void Disturb(string checkpoint)
    {
        byte[] bytes = File.ReadAllBytes(checkpoint);
        int header = 8 + (int)BitConverter.ToInt64(bytes);
        Span<float> weights = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(header));
        weights.Reverse();
        File.WriteAllBytes(checkpoint, bytes);
    }

    private string FolderOf(RunView run) => Path.Combine(new DasHome(Home.Path).Artifacts, Path.GetDirectoryName(run.Artifacts["finetune"].Uri)!);

    /// <summary>The checkpoint as it lies there now becomes what the stage says it wrote.</summary>
    private async Task TakeAsWrittenAsync(RunView run)
    {
        string path = Path.Combine(FolderOf(run), ResultFiles.Stage);
        StageResult result = StageResult.Parse(await File.ReadAllBytesAsync(path, Token));
        result.Files[ResultFiles.Checkpoint] = result.File(ResultFiles.Checkpoint) with
        {
            Sha256 = Digest.OfFile(Path.Combine(FolderOf(run), ResultFiles.Checkpoint)),
        };
        byte[] bytes = result.ToBytes();
        await File.WriteAllBytesAsync(path, bytes, Token);
        File.Delete(path + ".sha256");
        ArtifactRef written = run.Artifacts["finetune"] with { Sha256 = Digest.Of(bytes), Bytes = bytes.Length };
        await using RegistryContext rows = Rows();
        RunState saga = (await rows.Sagas.FindAsync([run.Id], Token))!;
        saga.Accept("finetune", new(written, JsonSerializer.SerializeToElement(new ModelFinetuned(run.Id, written), JsonSerializerOptions.Web)));
        (await rows.Artifacts.FindAsync([written.Uri], Token))!.Sha256 = written.Sha256;
        await rows.SaveChangesAsync(Token);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (int look = 0; look < 1200; look++)
        {
            if (await holds()) return;
            await Task.Delay(100, Token);
        }
        Assert.Fail("It never came to that.");
    }

    private static async Task<WebApplication> ServeAsync(string home, ConcurrentQueue<JsonNode> posted, ConcurrentQueue<string> warnings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration[WebhookAddresses.Variable] = "127.0.0.1";
        builder.Logging.ClearProviders().AddProvider(new Warnings(warnings)).AddFilter<Warnings>("Das.Control.Schedules", LogLevel.Warning)
            .AddFilter<Warnings>(null, LogLevel.None);
        DasHome folder = new(home);
        builder.Services.AddSingleton(folder);
        builder.AddSite();
        builder.Services.AddPipelineBus(new(), bus =>
        {
            bus.AddControl(folder, new() { Poll = TimeSpan.FromMilliseconds(100) });
            foreach ((string name, Type stage) in Das.Cli.Hosting.PipelineHost.Stages) bus.AddStage(name, stage);
        });
        WebApplication serving = builder.Build();
        serving.MapSite();
        serving.MapPost("/hook", async (HttpRequest request) => posted.Enqueue((await JsonNode.ParseAsync(request.Body))!));
        await serving.StartAsync(Token);
        return serving;
    }

    private sealed class Warnings(ConcurrentQueue<string> heard) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            heard.Enqueue(formatter(state, exception));
        public void Dispose() { }
    }
}
