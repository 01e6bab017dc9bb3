using System.Net.Sockets;

namespace Das.Tests.Site.Access;

public sealed class GuardTests : PipelineTest
{
    [Theory]
    [InlineData("https://evil.example", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("https://evil.example", null, HttpStatusCode.Forbidden)]
    [InlineData("null", null, HttpStatusCode.Forbidden)]
    [InlineData(null, "cross-site", HttpStatusCode.Forbidden)]
    [InlineData(null, "same-site", HttpStatusCode.Forbidden)]
    [InlineData(null, null, HttpStatusCode.Forbidden)]
    [InlineData("own", "same-origin", HttpStatusCode.NotFound)]
    [InlineData("own", null, HttpStatusCode.NotFound)]
    public async Task A_change_asked_for_with_a_session_must_come_from_our_own_page(string? origin, string? site, HttpStatusCode answer)
    {
        await using SignInSite signIn = await StartSignInAsync();
        using HttpClient ann = await signIn.SignedInAsync("ann");
        ann.DefaultRequestHeaders.Remove("Origin");
        ann.DefaultRequestHeaders.Remove("Sec-Fetch-Site");
        Assert.Equal(answer, await CancelAsync(ann, signIn.Process.Address, origin, site));
    }

    [Theory]
    [InlineData("https://evil.example", null, HttpStatusCode.Forbidden)]
    [InlineData(null, "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("own", "same-origin", HttpStatusCode.NotFound)]
    [InlineData(null, null, HttpStatusCode.NotFound)]
    public async Task Without_sign_in_other_sites_pages_change_nothing_and_programs_do(string? origin, string? site, HttpStatusCode answer)
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient client = process.Http;
        Assert.Equal(answer, await CancelAsync(client, process.Address, origin, site));
    }

    [Fact]
    public async Task A_live_connection_of_another_sites_page_is_refused()
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient client = process.Http;
        using HttpRequestMessage request = new(HttpMethod.Get, "/_blazor?id=x");
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(request, Token)).StatusCode);
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.2", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("192.168.0.1", HttpStatusCode.MisdirectedRequest)]
    public async Task Without_sign_in_the_site_answers_only_to_this_machines_own_names(string host, HttpStatusCode answer)
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient client = process.Http;
        client.DefaultRequestHeaders.Host = $"{host}:{process.Address.Port}";
        Assert.Equal(answer, (await client.GetAsync("/api/runs", Token)).StatusCode);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "192.0.2.1")]
    [InlineData("X-Forwarded-Host", "das.example.org")]
    [InlineData("x-forwarded-proto", "https")]
    [InlineData("X-Forwarded-Prefix", "/das")]
    [InlineData("Forwarded", "for=192.0.2.1")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("X-Real-IP", "192.0.2.1")]
    public async Task Without_sign_in_nobody_comes_through_a_proxy(string header, string value)
    {
        await using PipelineProcess process = await StartAsync();
        HttpClient client = process.Http;
        client.DefaultRequestHeaders.Add(header, value);
        using HttpResponseMessage refused = await client.GetAsync("/api/runs", Token);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("DAS_ADMIN_SIGNIN=1", await SignInTests.SentenceAsync(refused));
    }

    [Theory]
    [InlineData("Host: 127.0.0.1\r\nConnection: close\r\n")]
    [InlineData("")]
    public async Task Without_sign_in_nobody_comes_with_http_1_0_which_proxies_speak_that_add_no_header(string headers)
    {
        await using PipelineProcess process = await StartAsync();
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, process.Address.Port, Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/runs HTTP/1.0\r\n{headers}\r\n"), Token);
        using StreamReader answer = new(client.GetStream());
        Assert.StartsWith("HTTP/1.1 403 ", await answer.ReadLineAsync(Token));
        Assert.Contains("it is HTTP/1.0", await answer.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Where_proxies_are_named_people_sign_in_also_on_loopback()
    {
        using (ServiceProvider alone = Registry())
            await SignInSite.AddUsersAsync(alone.GetRequiredService<UserAccounts>());
        await using PipelineProcess process = await StartAsync(configuration: (SignInRule.Proxies, "127.0.0.1"));
        HttpClient client = process.Http;
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        await client.AnswersAsync(HttpStatusCode.Unauthorized, "/api/runs");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/api/runs")]
    [InlineData("/api/nothing")]
    [InlineData("/assets/app.css")]
    public async Task Every_answer_carries_secure_headers(string path)
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient ann = await site.SignedInAsync("ann");
        using HttpResponseMessage answer = await ann.GetAsync(path, Token);
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self';", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("unsafe-eval", policy);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        if (path.StartsWith("/api")) Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Theory]
    [InlineData("http://localhost:5080", true)]
    [InlineData("http://LOCALHOST:5080", true)]
    [InlineData("http://127.0.0.1:0", true)]
    [InlineData("http://127.1.2.3:80", true)]
    [InlineData("https://[::1]:5081", true)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("http://[::]:5080", false)]
    [InlineData("http://*:5080", false)]
    [InlineData("http://+:5080", false)]
    [InlineData("http://192.168.0.1:5080", false)]
    [InlineData("http://das.example.org:5080", false)]
    [InlineData("http://localhost.example.org:5080", false)]
    [InlineData("http://unix:/tmp/das.sock", false)]
    public void Sign_in_is_off_on_loopback_addresses_only(string url, bool loopback) => Assert.Equal(loopback, SignInRule.IsLoopback(url));

    private static async Task<HttpStatusCode> CancelAsync(HttpClient client, Uri own, string? origin, string? site)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/runs/ffff/cancel");
        if (origin is not null) request.Headers.Add("Origin", origin == "own" ? own.GetLeftPart(UriPartial.Authority) : origin);
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        using HttpResponseMessage answer = await client.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
