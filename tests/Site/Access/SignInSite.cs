
namespace Das.Tests.Site.Access;

/// <summary>A site on loopback that asks for sign-in, with an operator ann and a viewer bob.</summary>
internal sealed partial class SignInSite(PipelineProcess process) : IAsyncDisposable
{
    public const string Password = "a long enough password";

    public PipelineProcess Process => process;
    public UserAccounts Users => process.Services.GetRequiredService<UserAccounts>();
    public ApiKeys Keys => process.Services.GetRequiredService<ApiKeys>();

    /// <summary>Starts it on <paramref name="home"/>, where the users may be known already.</summary>
    public static async Task<SignInSite> StartAsync(string home)
    {
        using (ServiceProvider alone = RegistryOf(home))
            await AddUsersAsync(alone.GetRequiredService<UserAccounts>());
        return new(await PipelineProcess.StartAsync(home, configuration: (SignInRule.Variable, "1")));
    }

    public static ServiceProvider RegistryOf(string home) => new ServiceCollection().AddLogging().AddRunRegistry(new(home), new()).BuildServiceProvider();

    /// <summary>Adds the two, unless somebody is known already.</summary>
    public static async Task AddUsersAsync(UserAccounts users)
    {
        if ((await users.ListAsync()).Count > 0) return;
        await users.AddAsync("Ann", Roles.Operator, Password);
        await users.AddAsync("bob", Roles.Viewer, Password);
    }

    /// <summary>A browser that nobody has signed in with; it follows no redirection and sends the headers that browsers send.</summary>
    public HttpClient Browser(CookieContainer? cookies = null)
    {
        HttpClient browser = new(new HttpClientHandler { CookieContainer = cookies ?? new(), AllowAutoRedirect = false }) { BaseAddress = process.Address };
        browser.DefaultRequestHeaders.Add("Origin", process.Address.GetLeftPart(UriPartial.Authority));
        browser.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return browser;
    }

    public async Task<HttpClient> SignedInAsync(string name, CookieContainer? cookies = null)
    {
        HttpClient browser = Browser(cookies);
        using HttpResponseMessage answer = await SignInAsync(browser, name, Password);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    public async Task<HttpClient> WithKeyAsync(string role)
    {
        HttpClient program = new() { BaseAddress = process.Address };
        program.DefaultRequestHeaders.Authorization = new("Bearer", await Keys.AddAsync($"key {Guid.NewGuid():N}", role));
        return program;
    }

    /// <summary>Fills in the form at <c>/sign-in</c>.</summary>
    public static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, string name, string password, string back = "/")
    {
        string page = await browser.GetStringAsync($"/sign-in?return={Uri.EscapeDataString(back)}", Token);
        Dictionary<string, string> form = Hidden().Matches(page)
            .ToDictionary(field => field.Groups[1].Value, field => WebUtility.HtmlDecode(field.Groups[2].Value));
        (form["name"], form["password"]) = (name, password);
        using FormUrlEncodedContent content = new(form);
        return await browser.PostAsync("/sign-in", content, Token);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    [GeneratedRegex("""<input type="hidden" name="([^"]*)" value="([^"]*)" ?/?>""")]
    private static partial Regex Hidden();
}
