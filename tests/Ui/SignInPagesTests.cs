
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
        await Page.SignInAsync("ann", "not the password");
        await Expect(Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Name or password is wrong.");
        await Page.SignInAsync("ann", SignInSite.Password);
        await Page.AnswersAsync();
        await Expect(Page.Heading("private")).ToBeVisibleAsync();

        await Page.Role(AriaRole.Button, "Signed in as Ann").ClickAsync();
        await Page.Button("Sign out").ClickAsync();
        await Expect(Page.Button("Sign in")).ToBeVisibleAsync();
        await Page.GotoAsync("/");
        await Expect(Page.Button("Sign in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_viewer_sees_nothing_to_press_and_is_refused_over_HTTP()
    {
        Provoked.Add("403");
        RunView run = await Site.Process.RunAsync("looked at", UiSite.Recipe);
        Guid schedule = await Site.FiredAsync(run.Id);
        string[] operators = ["Run again", "Save tags and notes", "Run nightly shapes now", "Pause nightly shapes", "Delete nightly shapes"];
        foreach (var (name, sees) in new[] { ("ann", operators.Length), ("bob", 0) })
        {
            IPage page = await SignedInAsync(name);
            foreach (string link in new[] { "Start", "Start a run" })
                await Expect(page.Link(link)).ToHaveCountAsync(Math.Sign(sees));
            int seen = 0;
            foreach (string path in new[] { $"/runs/{run.Id:N}", $"/schedules/{schedule}" })
            {
                await page.OpenAsync(path);
                foreach (string button in operators) seen += await page.Button(button).CountAsync();
            }
            Assert.Equal((name, sees), (name, seen));
        }
        IPage bob = await SignedInAsync("bob");
        foreach (string page in new[] { "/start", $"/runs/{run.Id:N}/chat" }) Assert.Equal(403, (await bob.GotoAsync(page))!.Status);
        await bob.OpenAsync("/");
        Assert.Equal(403, await bob.EvaluateAsync<int>($"fetch('/api/runs/{run.Id:N}/again', {{ method: 'POST' }}).then(answer => answer.status)"));
        Assert.Equal(2, (await Site.Runs.ListAsync()).Count);
    }

    [Fact]
    public async Task A_form_on_another_sites_page_changes_nothing()
    {
        Provoked.AddRange(["401", "403", "http://evil.example"]);
        TaskCompletionSource hold = Site.HoldSearches();
        Guid run = await Site.Runs.StartAsync(UiSite.Recipe, "the victim", fresh: false);
        IPage page = await SignedInAsync("ann");
        await page.Context.RouteAsync("http://evil.example/**", route => route.FulfillAsync(new()
        {
            ContentType = "text/html", Body = $"""<form method="post" action="{Site.Address}api/runs/{run:N}/cancel"><button>A kitten</button></form>""",
        }));
        await page.GotoAsync("http://evil.example/");
        IResponse answer = await page.RunAndWaitForResponseAsync(() => page.GetByText("A kitten").ClickAsync(), response =>
            response.Url.Contains("/cancel"));
        Assert.Contains((HttpStatusCode)answer.Status, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
        Assert.False((await Site.Runs.FindAsync(run))!.CancelRequested);

        await page.OpenAsync($"/runs/{run:N}");
        Assert.Equal(202, await page.EvaluateAsync<int>($"fetch('/api/runs/{run:N}/cancel', {{ method: 'POST' }}).then(answer => answer.status)"));
        hold.SetResult();
    }

    private async Task<IPage> SignedInAsync(string name)
    {
        IPage page = await NewPageAsync();
        await page.GotoAsync("/sign-in");
        await page.SignInAsync(name, SignInSite.Password);
        await page.AnswersAsync();
        return page;
    }
}
