using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Logging.Abstractions;

namespace Das.Tests.Site.Access;

/// <summary>What outlives its request ends with the session or the key that asked for it.</summary>
public sealed class EndedAccessTests : PipelineTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_stream_ends_when_its_key_is_removed_by_another_process()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient kept = await site.WithKeyAsync(Roles.Viewer), program = new() { BaseAddress = site.Process.Address };
        program.DefaultRequestHeaders.Authorization = new("Bearer", await site.Keys.AddAsync("ci", Roles.Viewer));
        using StreamReader stream = await OpenAsync(program), other = await OpenAsync(kept);
        Task<string> rest = stream.ReadToEndAsync(Token), still = other.ReadToEndAsync(Token);
        await using (ServiceProvider elsewhere = Registry()) await elsewhere.GetRequiredService<ApiKeys>().RemoveAsync("ci");
        await rest.WaitAsync(Patience, Token);
        Assert.False(still.IsCompleted);
        await program.AnswersAsync(HttpStatusCode.Unauthorized, "/api/events");
    }

    [Fact]
    public async Task A_stream_ends_when_its_session_is_signed_signedOutin_another_browser()
    {
        await using SignInSite site = await StartSignInAsync();
        using HttpClient bob = await site.SignedInAsync("bob"), elsewhere = await site.SignedInAsync("bob");
        using StreamReader stream = await OpenAsync(bob);
        Task<string> rest = stream.ReadToEndAsync(Token);
        using HttpResponseMessage signedOut = await elsewhere.PostAsync("/sign-out", null, Token);
        Assert.Equal(HttpStatusCode.Redirect, signedOut.StatusCode);
        await rest.WaitAsync(Patience, Token);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("key")]
    public async Task An_open_page_is_nobodys_when_what_opened_it_is_removed(string opened)
    {
        await using SignInSite site = await StartSignInAsync();
        string key = await site.Keys.AddAsync("ci", Roles.Viewer);
        string stamp = opened == "key" ? (await site.Keys.FindAsync(key))!.Sha256 : (await site.Users.VerifyAsync("bob", SignInSite.Password))!.Stamp;
        using SessionRevalidation page = new(NullLoggerFactory.Instance, site.Process.Services.GetRequiredService<AccessWatch>());
        TaskCompletionSource<ClaimsPrincipal> left = new();
        ClaimsPrincipal who = Schemes.Principal(opened == "key" ? Schemes.Key : Schemes.Session, "bob", Roles.Viewer, stamp);
        page.SetAuthenticationState(Task.FromResult(new AuthenticationState(who)));
        page.AuthenticationStateChanged += async state => left.TrySetResult((await state).User);
        if (opened == "key") await site.Keys.RemoveAsync("ci");
        else await site.Users.RemoveAsync("bob");
        Assert.False((await left.Task.WaitAsync(Patience, Token)).Identity!.IsAuthenticated);
    }

    /// <summary>The stream of all runs, after it has said how things stand.</summary>
    private static async Task<StreamReader> OpenAsync(HttpClient http)
    {
        HttpResponseMessage answer = await http.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, Token);
        StreamReader stream = new(await answer.Content.ReadAsStreamAsync(Token));
        Assert.Equal("event: heartbeat", await stream.ReadLineAsync(Token));
        return stream;
    }
}
