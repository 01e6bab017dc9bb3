using Microsoft.AspNetCore.Routing;

namespace Das.Tests.Site;

/// <summary>Whatever is sent to any route, the answer is ours: no status of a defect, no exception's name, no stack.</summary>
public sealed partial class HostileRequestTests : PipelineTest
{
    /// <summary>As they stand in an address.</summary>
    private static readonly string[] values =
    [
        "", "%00", "%ED%A0%80", "%C0%AF", "%FF", "..%2F..%2Fetc%2Fpasswd", "%2E%2E", "-1", "99999999999999999999", "NaN", "1e999", "%F0%9F%98%80",
        "%27%20OR%201=1--",
        "%7B0%7D", "%25s%25n", "%0D%0ASet-Cookie:x=1", "a,b,a,%2C", "00000000-0000-0000-0000-000000000000", "ffffffffffffffffffffffffffffffff", "2026-02-30",
        new('x', 3000), "%3Cscript%3E",
    ];

    private static readonly string[] names =
    [
        "runs", "base", "metric", "filter", "skip", "take", "most", "format", "split", "picture", "cron", "timeZone", "state", "tag", "text", "recipe",
        "backbone", "benchmark", "page", "with", "from", "run", "return", "sort", "stage",
    ];

    private static readonly byte[][] bodies =
    [
        [], [0], [0xff, 0xfe, 0xed, 0xa0, 0x80], .. new[]
        {
            "null", "7", "[]", "{}", "{", "\"\\ud800\"", "{\"\\u0000\":1}", new string('[', 5000), "{\"recipe\":{\"name\":1e999}}", "{\"recipe\":\"\\u0000\"}",
            "{\"recipe\":{},\"sets\":null}", "{\"recipe\":\"vilt/shapes\",\"name\":\"\\u0000\"}", "{\"recipe\":\"vilt/shapes\",\"sets\":[\"seed=1e999\"]}",
            "{\"tags\":[\"\\u0000\"]}", "{\"tags\":null}", "{\"notes\":null}", "{\"notes\":\"a\\u0000b\"}", "{\"fresh\":7}",
            "{\"name\":\"\\u0000\",\"runId\":\"x\"}", "{\"name\":null,\"cron\":null,\"timeZone\":null,\"metric\":null,\"catchUp\":null,\"webhook\":null}",
            $"{{\"name\":\"n\",\"cron\":\"{new string('*', 5000)}\",\"timeZone\":\"../../etc/passwd\",\"metric\":\"{new string('m', 5000)}\"}}",
            "{\"name\":\"n\",\"webhook\":\"http://[\"}",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public async Task No_route_answers_hostile_values_queries_and_bodies_with_a_defect()
    {
        await using PipelineProcess process = await StartAsync();
        using HttpClient http = new(new HttpClientHandler { AllowAutoRedirect = false });
        string run = $"{(await process.RunAsync()).Id:N}", other = $"{(await process.RunAsync("other", """{"name":"other"}""")).Id:N}";
        RouteEndpoint[] routes = [.. process.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
        Assert.InRange(routes.Length, 40, 200);
        List<string> wrong = [];
        int asked = 0;
        foreach (RouteEndpoint route in routes)
            foreach (string method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } known ? known : ["GET"])
                foreach ((string address, byte[]? body) in Requests(route, method, run, other))
                {
                    asked++;
                    if (await WrongAsync(http, process.Address, method, address, body) is { } what)
                        wrong.Add($"{method} {address[..Math.Min(address.Length, 100)]} {body?.Length}: {what}");
                }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {asked}:\n{string.Join('\n', wrong.Take(40))}");
        Assert.True(asked > 1500, $"{asked} requests");
    }

    /// <summary>Every value in the route, alone and with itself as every query; every body at a run that there is.</summary>
    private static IEnumerable<(string, byte[]?)> Requests(RouteEndpoint route, string method, string run, string other)
    {
        string pattern = "/" + route.RoutePattern.RawText!.TrimStart('/');
        bool changes = method is "POST" or "PUT" or "DELETE";
        foreach (string value in values)
        {
            string query = string.Join('&', names.Select(name => $"{name}={value[..Math.Min(value.Length, 200)]}"));
            if (pattern.Contains('{')) yield return (Parameter().Replace(pattern, value), changes ? "{}"u8.ToArray() : null);
            if (!changes) yield return ($"{Parameter().Replace(pattern, run)}?{query}", null);
            if (pattern.Contains("compare")) yield return ($"{pattern}?{query}".Replace($"runs={value}&", $"runs={run},{other}&"), null);
        }
        if (method is "POST" or "PUT")
            foreach (byte[] body in bodies) yield return (Parameter().Replace(pattern, run), body);
    }

    private static async Task<string?> WrongAsync(HttpClient http, Uri site, string method, string address, byte[]? body)
    {
        Uri uri = new($"{site.GetLeftPart(UriPartial.Authority)}{address}", new UriCreationOptions
            { DangerousDisablePathAndQueryCanonicalization = true });
        using HttpRequestMessage request = new(new(method), uri);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new("application/json");
        }
        using HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        if (answer.StatusCode >= HttpStatusCode.InternalServerError) return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Token)}";
        // Prometheus is told the names of exceptions, by number.
        string? type = answer.Content.Headers.ContentType?.MediaType;
        if (address.StartsWith("/metrics") || type is "text/event-stream" or "text/javascript" or "text/css") return null;
        string said = await answer.Content.ReadAsStringAsync(Token);
        return Trace().Match(said) is { Success: true } trace
            ? $"{(int)answer.StatusCode} … {said[trace.Index..Math.Min(said.Length, trace.Index + 200)]}" : null;
    }

    [GeneratedRegex(@"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\w+Exception\b|\bat (Das|Microsoft|System|Hangfire)\.|\.cs:line|<h1>This page has stumbled")]
    private static partial Regex Trace();
}
