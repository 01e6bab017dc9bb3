using System.Net.ServerSentEvents;

namespace Das.Tests.Site.Api;

public sealed class EventsApiTests : PipelineTest
{
    [Fact]
    public async Task A_runs_events_begin_with_how_it_stands_tell_every_change_and_end_with_it()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (_, _) => hold.Task));
        HttpClient http = process.Http;
        http.DefaultRequestHeaders.Add("Last-Event-ID", "77");
        Guid id = await process.BeginAsync();
        await process.UntilAsync(id, run => run.Standing == "Running search");
        List<string> kinds = [], states = [];
        await foreach (SseItem<RunView?> item in FollowAsync(http, $"/api/runs/{id}/events"))
        {
            kinds.Add(item.EventType);
            if (item is not { EventType: "run", Data: { } run }) continue;
            states.Add(run.Standing);
            hold.TrySetResult();
        }
        Assert.Equal(("Running search", "Completed"), (states[0], states[^1]));
        Assert.Equal("end", kinds[^1]);
        Assert.Equal(states.Count, kinds.Count(kind => kind == "run"));
        string[] order = ["Running search", "Running finetune", "Running evaluate", "Completed"];
        Assert.Equal(states.Select(state => Array.IndexOf(order, state)).Order(), states.Select(state => Array.IndexOf(order, state)));
    }

    [Fact]
    public async Task An_ended_runs_events_are_its_end()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient http = process.Http;
        Guid id = (await process.RunAsync()).Id;
        List<string> kinds = [];
        await foreach (SseItem<RunView?> item in FollowAsync(http, $"/api/runs/{id}/events")) kinds.Add(item.EventType);
        Assert.Equal(["run", "end"], kinds);
        await http.AnswersAsync(HttpStatusCode.NotFound, "/api/runs/ffff/events");
    }

    [Fact]
    public async Task The_events_of_all_runs_begin_with_those_under_way_and_tell_of_new_ones()
    {
        TaskCompletionSource hold = new();
        await using PipelineProcess process = await StartAsync(stages => stages.On("search", (_, _) => hold.Task));
        HttpClient http = process.Http;
        Guid done = Guid.Empty, under = await process.BeginAsync("under way");
        await process.UntilAsync(under, run => run.Standing == "Running search");
        List<Guid> told = [];
        await foreach (SseItem<RunView?> item in FollowAsync(http, "/api/events"))
        {
            if (item.Data is not { } run) continue;
            told.Add(run.Id);
            if (done == Guid.Empty)
            {
                hold.SetResult();
                done = await process.Runs.StartAsync("""{"name":"other"}""", "new", fresh: false);
            }
            if (run.Id == done && run.Ended) break;
        }
        Assert.Equal(under, told[0]);
    }

    private static async IAsyncEnumerable<SseItem<RunView?>> FollowAsync(HttpClient http, string path)
    {
        using HttpResponseMessage answer = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        await using Stream stream = await answer.Content.ReadAsStreamAsync(Token);
        using CancellationTokenSource tooLong = CancellationTokenSource.CreateLinkedTokenSource(Token);
        tooLong.CancelAfter(TimeSpan.FromSeconds(60));
        await foreach (SseItem<RunView?> item in SseParser.Create(stream, (_, data) => data.IsEmpty ? null
            : JsonSerializer.Deserialize<RunView>(data, JsonSerializerOptions.Web)).EnumerateAsync(tooLong.Token)) yield return item;
    }
}
