using System.Net.Http.Json;

namespace Das.Disturbances;

/// <summary>The HTTP API of <c>das serve</c>, which may be down at any time.</summary>
internal sealed class Site : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromMinutes(2);
    private readonly HttpClient http;

    public Site()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        http = new() { BaseAddress = new(Address), Timeout = TimeSpan.FromSeconds(15) };
    }

    public string Address { get; }

    public Task ReadyAsync() => AskAsync(HttpMethod.Get, "/api/runs?take=1", null);

    /// <summary>Starts a run and gives its id; asked again only where nothing can have been started.</summary>
    public async Task<Guid> StartAsync(JsonObject request)
    {
        string name = request["name"]!.GetValue<string>();
        for (long begun = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                (int status, JsonNode? answer) = await SendAsync(HttpMethod.Post, "/api/runs", request);
                return status == 201 ? answer!["id"]!.GetValue<Guid>() : throw new DasException(ErrorKind.Usage, $"A run could not be started: {answer}");
            }
            catch (Exception away) when (IsAway(away) && Stopwatch.GetElapsedTime(begun) < Longest)
            {
                await Task.Delay(Pause);
                JsonNode all = await GetAsync("/api/runs?take=5");
                if (all["runs"]!.AsArray().FirstOrDefault(run => run!["name"]!.GetValue<string>() == name) is { } there) return there["id"]!.GetValue<Guid>();
            }
        }
    }

    /// <summary>The run; null where the registry does not know it.</summary>
    public async Task<JsonObject?> RunAsync(Guid id) => await AskAsync(HttpMethod.Get, $"/api/runs/{id:N}", null) is (200, JsonObject run) ? run : null;

    public async Task<JsonNode> GetAsync(string path) => (await AskAsync(HttpMethod.Get, path, null)).Answer!;

    /// <summary>Cancel or retry.</summary>
    /// <returns>Whether it was taken.</returns>
    public async Task<bool> DoAsync(Guid run, string what) => (await AskAsync(HttpMethod.Post, $"/api/runs/{run:N}/{what}", null)).Status == 202;

    public async Task<JsonNode?> PostAsync(string path, JsonObject body) => (await AskAsync(HttpMethod.Post, path, body)).Answer;

    public Task<string> TextAsync(string path) => http.GetStringAsync(path);

    public void Dispose() => http.Dispose();

    /// <summary>Asks until there is an answer.</summary>
    private async Task<(int Status, JsonNode? Answer)> AskAsync(HttpMethod method, string path, JsonObject? body)
    {
        for (long begun = Stopwatch.GetTimestamp(); ;)
        {
            try { return await SendAsync(method, path, body); }
            catch (Exception away) when (IsAway(away))
            {
                if (Stopwatch.GetElapsedTime(begun) > Longest)
                    throw new DasException(ErrorKind.Machine, $"serve did not answer {path} for {Longest.TotalSeconds} s: {away.Message}", away);
                await Task.Delay(Pause);
            }
        }
    }

    private static bool IsAway(Exception fault) => fault is HttpRequestException or TaskCanceledException or IOException or JsonException;

    private async Task<(int Status, JsonNode? Answer)> SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using HttpRequestMessage request = new(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using HttpResponseMessage response = await http.SendAsync(request);
        if ((int)response.StatusCode >= 500) throw new HttpRequestException($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        string text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }
}
