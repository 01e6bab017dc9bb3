using System.Net;
using Das.Admin.Runs;
using Das.Tests.Admin.Access;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Das.Tests.Ui;

public sealed class SignInPagesTests(Browser browser) : UiTest(browser)
{
    protected override bool AsksForSignIn => true;

    [Fact]
    public async Task One_signs_in_to_the_page_that_was_asked_for_and_out_again()
    {
        Provoked.Add("401");
        Guid run = await Site.Runs.StartAsync("""{"name":"fake"}""", "private", fresh: false);
        await Page.GotoAsync($"/runs/{run:N}");
        await Expect(Page.GetByLabel("Name")).ToBeFocusedAsync();
        await FillAsync("ann", "not the password");
        await Expect(Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Name or password is wrong.");
        await FillAsync("ann", SignInSite.Password);
        await Page.AnswersAsync();
        await Expect(Page.Heading("private")).ToBeVisibleAsync();

        await Page.GetByRole(AriaRole.Button, new() { Name = "Signed in as Ann" }).ClickAsync();
        await Page.Button("Sign out").ClickAsync();
        await Expect(Page.Button("Sign in")).ToBeVisibleAsync();
        await Page.GotoAsync("/");
        await Expect(Page.Button("Sign in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_viewer_sees_nothing_to_press_and_is_refused_over_HTTP()
    {
        Provoked.Add("403");
        RunView run = await Site.Process.WaitAsync(await Site.Runs.StartAsync(UiSite.Recipe, "looked at", fresh: false));
        Guid schedule = await Site.FiredAsync(run.Id);
        string[] operators = ["Run again", "Save tags and notes", "Run nightly shapes now", "Pause nightly shapes", "Delete nightly shapes"];
        foreach (var (name, sees) in new[] { ("ann", operators.Length), ("bob", 0) })
        {
            Page.Context.SetDefaultTimeout(10_000);
            await Page.Context.ClearCookiesAsync();
            await Page.GotoAsync("/sign-in");
            await FillAsync(name, SignInSite.Password);
            await Page.AnswersAsync();
            await Expect(Page.GetByRole(AriaRole.Link, new() { Name = "Start a run" })).ToHaveCountAsync(Math.Sign(sees));
            int seen = 0;
            foreach (string path in new[] { $"/runs/{run.Id:N}", $"/schedules/{schedule}" })
            {
                await Page.OpenAsync(path);
                foreach (string button in operators) seen += await Page.Button(button).CountAsync();
            }
            Assert.Equal((name, sees), (name, seen));
        }
        Assert.Equal(403, (await Page.GotoAsync("/start"))!.Status);
        await Page.OpenAsync("/");
        string ask = $"const answer = await fetch('/api/runs/{run.Id:N}/again', {{ method: 'POST' }}); return [answer.status, await answer.text()].join(' ')";
        Assert.StartsWith("403 ", await Page.EvaluateAsync<string>($"(async () => {{ {ask} }})()"));
        Assert.Equal(2, (await Site.Runs.ListAsync()).Count);
    }

    [Fact]
    public async Task A_form_on_another_sites_page_changes_nothing()
    {
        Provoked.AddRange(["401", "403", "http://evil.example"]);
        TaskCompletionSource hold = Site.HoldSearches();
        Guid run = await Site.Runs.StartAsync(UiSite.Recipe, "the victim", fresh: false);
        await Page.GotoAsync("/sign-in");
        await FillAsync("ann", SignInSite.Password);
        await Page.AnswersAsync();
        await Page.Context.RouteAsync("http://evil.example/**", route => route.FulfillAsync(new()
        {
            ContentType = "text/html", Body = $"""<form method="post" action="{Site.Address}api/runs/{run:N}/cancel"><button>A kitten</button></form>""",
        }));
        await Page.GotoAsync("http://evil.example/");
        IResponse answer = await Page.RunAndWaitForResponseAsync(() => Page.GetByText("A kitten").ClickAsync(), response => response.Url.Contains("/cancel", StringComparison.Ordinal));
        Assert.Contains((HttpStatusCode)answer.Status, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
        Assert.False((await Site.Runs.FindAsync(run))!.CancelRequested);

        await Page.OpenAsync($"/runs/{run:N}");
        Assert.Equal(202, await Page.EvaluateAsync<int>($"fetch('/api/runs/{run:N}/cancel', {{ method: 'POST' }}).then(answer => answer.status)"));
        hold.SetResult();
    }

    private async Task FillAsync(string name, string password)
    {
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.Button("Sign in").ClickAsync();
    }
}
