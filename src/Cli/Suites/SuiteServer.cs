using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Das.Cli.Suites;

/// <summary>The HTTP API of a site, as a suite uses it.</summary>
/// <param name="address">Where the site is.</param>
/// <param name="key">An API key; none for a site without sign-in.</param>
/// <param name="clock">Measures silence and pauses.</param>
public sealed class SuiteServer(Uri address, string? key, TimeProvider clock) : IDisposable
{
    /// <summary>The server says something every ten seconds; a longer silence is a broken connection.</summary>
    private static readonly TimeSpan silence = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan firstPause = TimeSpan.FromSeconds(1), longestPause = TimeSpan.FromSeconds(30), patience = TimeSpan.FromMinutes(5);
    private readonly HttpClient http = Client(address, key);

    /// <exception cref="DasException">The server refuses it; the message is its sentence.</exception>
    public async Task<Guid> StartAsync(SuiteRun run, string suite, bool fresh)
    {
        using var answer = await SendAsync(() =>
            http.PostAsJsonAsync("api/runs", new { run.Recipe, run.Sets, name = run.Title, fresh, tags = new[] { Tag(suite) } }));
        return (await answer.Content.ReadFromJsonAsync<View>(JsonSerializerOptions.Web))!.Id;
    }

    /// <summary>Returns when the run has ended; connects again when the connection breaks.</summary>
    /// <exception cref="DasException">The server refuses it.</exception>
    /// <exception cref="DasException">The server could not be reached for five minutes.</exception>
    public async Task<View> WaitAsync(Guid id, Action<View> report, CancellationToken cancellationToken)
    {
        long heard = clock.GetTimestamp();
        for (var pause = firstPause; ; pause = pause * 2 < longestPause ? pause * 2 : longestPause)
        {
            try
            {
                View? last = await FollowAsync(id, () => (heard, pause) = (clock.GetTimestamp(), firstPause), report, cancellationToken);
                if (last is { Ended: true }) return last;
            }
            catch (Exception broken) when (IsBroken(broken) && !cancellationToken.IsCancellationRequested)
            {
                if (clock.GetElapsedTime(heard) > patience) throw Unreachable(broken);
            }
            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    public async Task CancelAsync(Guid id)
    {
        using var answer = await http.PostAsync($"api/runs/{id}/cancel", null);
        if (answer.StatusCode != HttpStatusCode.Conflict) await CheckAsync(answer);
    }

    /// <summary>The run's <c>report.json</c>.</summary>
    public async Task<byte[]> ReportAsync(Guid id, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(() => http.GetAsync($"api/runs/{id}/report", cancellationToken));
        return await answer.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    public void Dispose() => http.Dispose();

    private async Task<View?> FollowAsync(Guid id, Action alive, Action<View> report, CancellationToken cancellationToken)
    {
        using var deaf = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deaf.CancelAfter(silence);
        using var answer = await http.GetAsync($"api/runs/{id}/events", HttpCompletionOption.ResponseHeadersRead, deaf.Token);
        await CheckAsync(answer);
        await using var stream = await answer.Content.ReadAsStreamAsync(deaf.Token);
        View? last = null;
        await foreach (var item in SseParser.Create(stream, (_, data) => data.IsEmpty ? null
            : JsonSerializer.Deserialize<View>(data, JsonSerializerOptions.Web)).EnumerateAsync(deaf.Token))
        {
            deaf.CancelAfter(silence);
            alive();
            if (item.Data is null) continue;
            report(last = item.Data);
            if (last.Ended) break;
        }
        return last;
    }

    private async Task<HttpResponseMessage> SendAsync(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            var answer = await send();
            await CheckAsync(answer);
            return answer;
        }
        catch (HttpRequestException broken) { throw Unreachable(broken); }
    }

    private async Task CheckAsync(HttpResponseMessage answer)
    {
        if (answer.IsSuccessStatusCode) return;
        string said = await answer.Content.ReadAsStringAsync();
        if ((int)answer.StatusCode >= 500) throw new HttpRequestException($"it answers {(int)answer.StatusCode}", null, answer.StatusCode);
        throw new DasException(ErrorKind.Usage, $"{address} answers {(int)answer.StatusCode}: {Sentence(said) ?? answer.ReasonPhrase}");
    }

    private static string? Sentence(string problem)
    {
        try { return JsonNode.Parse(problem)?["detail"]?.GetValue<string>(); }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return null; }
    }

    private static bool IsBroken(Exception fault) => fault is IOException or HttpRequestException or OperationCanceledException or JsonException;

    private DasException Unreachable(Exception broken) => new(ErrorKind.Machine, $"The server {address} cannot be reached: {broken.Message}", broken);

    private static string Tag(string suite) => "suite:" + string.Concat(suite.Select(c => char.IsWhiteSpace(c) ? '-' : c));

    private static HttpClient Client(Uri address, string? key)
    {
        var client = new HttpClient { BaseAddress = new(address.AbsoluteUri.TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
