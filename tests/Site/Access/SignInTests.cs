using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Cookie = System.Net.Cookie;

namespace Das.Tests.Site.Access;

public sealed class SignInTests : PipelineTest
{
    [Fact]
    public async Task Nobody_unknown_sees_more_than_health_assets_and_the_way_in()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient browser = site.Browser();
        foreach (string open in new[] { "/health", "/health/live", "/health/ready", "/assets/sign-in.css", "/_framework/blazor.web.js", "/sign-in" })
            await browser.AnswersAsync(HttpStatusCode.OK, open);
        foreach (string closed in new[] { "/api/runs", "/api/nothing", "/openapi/v1.json", "/metrics" })
        {
            using HttpResponseMessage refused = await browser.GetAsync(closed, Token);
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (refused.StatusCode, refused.Headers.WwwAuthenticate.ToString()));
            Assert.Contains("API key", await SentenceAsync(refused));
        }
        foreach (string page in new[] { "/", "/start", "/no/such/page" })
        {
            using HttpResponseMessage led = await browser.GetAsync(page, Token);
            Assert.Equal((HttpStatusCode.Redirect, $"/sign-in?return={Uri.EscapeDataString(page)}"), (led.StatusCode, led.Headers.Location!.PathAndQuery));
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Token)).StatusCode);
    }

    [Fact]
    public async Task Every_endpoint_needs_a_viewer_and_every_change_an_operator()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient nobody = site.Browser(), viewer = await site.WithKeyAsync(Roles.Viewer);
        string[] open = ["/sign-in", "/health", "/assets", "/favicon.ico", "/_framework"];
        int changes = 0;
        foreach (RouteEndpoint endpoint in site.Process.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            string path = "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => segment.IsSimple && segment.Parts[0]
                is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "x"));
            if (open.Any(start => path.StartsWith(start))) continue;
            foreach (string method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                using HttpResponseMessage unknown = await SendAsync(nobody, method, path);
                Assert.True(unknown.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Redirect,
                    $"{method} {path} answers {unknown.StatusCode} to nobody");
                if (method is "GET" or "HEAD" || !path.StartsWith("/api")) continue;
                using HttpResponseMessage refused = await SendAsync(viewer, method, path);
                Assert.True(refused.StatusCode == HttpStatusCode.Forbidden, $"{method} {path} answers {refused.StatusCode} to a viewer");
                Assert.Equal("This takes the role 'operator'; yours is 'viewer'.", await SentenceAsync(refused));
                changes++;
            }
        }
        Assert.True(changes >= 6, $"only {changes} changes were found");
    }

    [Fact]
    public async Task A_viewer_looks_at_pages_and_cannot_start_runs_and_an_operator_can()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient bob = await site.SignedInAsync("bob"), ann = await site.SignedInAsync("ANN");
        await bob.AnswersAsync(HttpStatusCode.OK, "/");
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Token)).StatusCode);
        await bob.AnswersAsync(HttpStatusCode.Forbidden, "/start");
        await ann.AnswersAsync(HttpStatusCode.OK, "/start");
        Assert.DoesNotContain("Start a run", await bob.GetStringAsync("/", Token));
        Assert.Contains("Start a run", await ann.GetStringAsync("/", Token));
        Assert.Equal(HttpStatusCode.Forbidden, (await bob.PostAsJsonAsync("/api/runs", new { recipe = "vilt/shapes" }, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await ann.PostAsJsonAsync("/api/runs", new { recipe = "vilt/shapes" }, Token)).StatusCode);
    }

    [Theory]
    [InlineData("ann", "a wrong password")]
    [InlineData("nobody", SignInSite.Password)]
    [InlineData("", "")]
    public async Task A_wrong_name_and_a_wrong_password_are_told_alike(string name, string password)
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient browser = site.Browser();
        using HttpResponseMessage refused = await SignInSite.SignInAsync(browser, name, password);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("Name or password is wrong.", await refused.Content.ReadAsStringAsync(Token));
        await browser.AnswersAsync(HttpStatusCode.Unauthorized, "/api/runs");
    }

    [Theory]
    [InlineData("/runs/3f", "/runs/3f")]
    [InlineData("//evil.example/x", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    public async Task Signing_in_leads_back_to_this_site_only(string asked, string led)
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient browser = site.Browser();
        using HttpResponseMessage answer = await SignInSite.SignInAsync(browser, "ann", SignInSite.Password, asked);
        Assert.Equal((HttpStatusCode.Redirect, led), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task A_sign_in_form_of_another_site_is_refused()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient browser = site.Browser();
        using FormUrlEncodedContent forged = new([new("name", "ann"), new("password", SignInSite.Password)]);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync("/sign-in", forged, Token)).StatusCode);
        await browser.AnswersAsync(HttpStatusCode.Unauthorized, "/api/runs");
    }

    [Fact]
    public async Task A_session_is_a_strict_cookie_survives_a_restart_and_ends_with_the_password()
    {
        CookieContainer cookies = new();
        Uri first;
        await using (SignInSite before = await StartSignInAsync())
        {
            first = before.Process.Address;
            using HttpClient browser = before.Browser(cookies);
            using HttpResponseMessage answer = await SignInSite.SignInAsync(browser, "ann", SignInSite.Password);
            string cookie = answer.Headers.GetValues("Set-Cookie").Single(set => set.StartsWith("das="));
            Assert.Contains("samesite=strict", cookie);
            Assert.Contains("httponly", cookie);
        }
        await using SignInSite site = await StartSignInAsync();
        foreach (Cookie cookie in cookies.GetCookies(first).ToList()) cookies.Add(site.Process.Address, new Cookie(cookie.Name, cookie.Value, cookie.Path));
        using HttpClient again = site.Browser(cookies);
        await again.AnswersAsync(HttpStatusCode.OK, "/api/runs");
        await site.Users.SetPasswordAsync("ann", "quite another password");
        await again.AnswersAsync(HttpStatusCode.Unauthorized, "/api/runs");
    }

    [Fact]
    public async Task Signing_out_ends_the_users_sessions_in_every_browser()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient browser = await site.SignedInAsync("bob"), elsewhere = await site.SignedInAsync("bob"), ann = await site.SignedInAsync("ann");
        Assert.Equal("/sign-in", (await browser.PostAsync("/sign-out", null, Token)).Headers.Location!.OriginalString);
        await browser.AnswersAsync(HttpStatusCode.Unauthorized, "/api/runs");
        await elsewhere.AnswersAsync(HttpStatusCode.Unauthorized, "/api/runs");
        await ann.AnswersAsync(HttpStatusCode.OK, "/api/runs");
    }

    [Fact]
    public async Task A_form_that_no_person_fills_in_is_refused_unread()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient browser = site.Browser();
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await SignInSite.SignInAsync(browser, new string('x', 20_000), SignInSite.Password)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignInSite.SignInAsync(browser, new string('x', 2_000), SignInSite.Password)).StatusCode);
    }

    [Fact]
    public async Task Too_many_attempts_at_one_name_are_told_to_wait_even_with_the_right_password()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient browser = site.Browser();
        for (int attempt = 0; attempt < SignInLimits.MostOfName; attempt++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await SignInSite.SignInAsync(browser, "ann", "a wrong password")).StatusCode);
        using HttpResponseMessage waits = await SignInSite.SignInAsync(browser, "ann", SignInSite.Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, waits.StatusCode);
        Assert.InRange(waits.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), SignInLimits.Window);
        Assert.Contains("Too many attempts.", await waits.Content.ReadAsStringAsync(Token));
        Assert.Equal(HttpStatusCode.Redirect, (await SignInSite.SignInAsync(browser, "bob", SignInSite.Password)).StatusCode);
    }

    [Fact]
    public void Attempts_are_limited_for_an_address_as_well_and_the_limit_passes_with_time()
    {
        FakeTimeProvider clock = new();
        SignInLimits limits = new(clock);
        IPAddress one = IPAddress.Parse("2001:db8::1"), neighbour = IPAddress.Parse("2001:db8::2"), other = IPAddress.Parse("192.0.2.1");
        for (int name = 0; name < SignInLimits.MostOfAddress; name++) Assert.Null(limits.Try(one, $"user{name}"));
        Assert.Equal(SignInLimits.Window, limits.Try(neighbour, "somebody"));
        Assert.Null(limits.Try(other, "somebody"));
        clock.Advance(SignInLimits.Window);
        Assert.Null(limits.Try(one, "somebody"));
    }

    [Fact]
    public void A_right_password_forgives_the_wrong_ones_before_it()
    {
        SignInLimits limits = new(new FakeTimeProvider());
        for (int round = 0; round < 3; round++)
        {
            for (int wrong = 1; wrong < SignInLimits.MostOfName; wrong++) Assert.Null(limits.Try(IPAddress.Loopback, "ann"));
            Assert.Null(limits.Try(null, "ann"));
            limits.Forgive(null, "ann");
        }
    }

    [Fact]
    public async Task Passwords_are_kept_as_hashes_and_short_ones_are_refused()
    {
        await using SignInSite site = await StartSignInAsync();
        await using RegistryContext rows = Rows();
        List<UserRow> users = await rows.Users.ToListAsync(Token);
        Assert.Equal(2, users.Select(user => user.PasswordHash).Distinct().Count());
        Assert.All(users, user => Assert.DoesNotContain(SignInSite.Password, user.PasswordHash));
        Assert.Contains("12 to 1024", (await Assert.ThrowsAsync<DasException>(() => site.Users.AddAsync("eve", Roles.Viewer, "short"))).Message);
        Assert.Contains("Did you mean 'operator'", (await Assert.ThrowsAsync<DasException>(() =>
            site.Users.AddAsync("eve", "operater", SignInSite.Password))).Message);
        Assert.Contains("already", (await Assert.ThrowsAsync<DasException>(() => site.Users.AddAsync("ANN", Roles.Viewer, SignInSite.Password))).Message);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path)
    {
        HttpRequestMessage request = new(new(method), path);
        if (method is not ("GET" or "HEAD")) request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    internal static async Task<string> SentenceAsync(HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!["detail"]!.GetValue<string>();
}
