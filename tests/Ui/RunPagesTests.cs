namespace Das.Tests.Ui;

public sealed class RunPagesTests(Browser browser) : UiTest(browser)
{
    private ILocator Progress => Page.Role(AriaRole.Progressbar, "Progress of search");

    private ILocator HeatMap => Page.Role(AriaRole.Img, "Preference of every candidate layer");

    [Fact]
    public async Task A_run_is_started_from_the_form_and_watched_until_it_is_complete()
    {
        TaskCompletionSource hold = Site.HoldSearches();
        await Page.OpenAsync("/");
        await Page.Role(AriaRole.Link, "Start a run").ClickAsync();
        await Page.GetByLabel("Recipe", new() { Exact = true }).FillAsync("vilt/sha");
        await Page.GetByText("vilt/shapes", new() { Exact = true }).ClickAsync();
        await Expect(Page.Field("search.skip")).ToHaveValueAsync("2");
        await Page.Field("search.skip").FillAsync("3");
        await Expect(Page.GetByText("Changed from 2.")).ToBeVisibleAsync();
        await Page.GetByLabel("Name of the run").FillAsync("watched");
        await Page.Button("Start").ClickAsync();

        await Expect(Page.Heading("watched")).ToBeVisibleAsync();
        IPage list = await Page.Context.NewPageAsync();
        await list.OpenAsync("/");
        await Expect(list.Role(AriaRole.Row, "watched")).ToContainTextAsync("Running search");
        double early = await ProgressAsync();
        await Expect(Progress).Not.ToHaveAttributeAsync("aria-valuenow", early.ToString(CultureInfo.InvariantCulture));
        Assert.InRange(await ProgressAsync(), early + 0.1, 99);
        await Expect(HeatMap).ToBeVisibleAsync();
        hold.SetResult();
        await Page.StandsAsync("Completed");
        await Expect(list.Role(AriaRole.Row, "watched")).ToContainTextAsync("75.0 %");

        foreach (string stage in new[] { "ingest", "search", "finetune", "evaluate" })
            await Expect(Page.Role(AriaRole.Row, stage).First).ToContainTextAsync("finished");
        await Expect(Page.Role(AriaRole.Img, "Preference of every candidate layer: 12 layers over 60 columns")).ToBeVisibleAsync();
        await Expect(Page.GetByText("Of 12 candidate layers these are replaced by adapters: 3, 7.")).ToBeVisibleAsync();
        foreach (string title in new[] { "Search: loss", "Finetune: loss", "Finetune: learning rate" })
            Assert.Contains(" ", await Page.Role(AriaRole.Region, title).Locator("polyline").GetAttributeAsync("points"));
        await Expect(Page.GetByText("das run vilt/shapes --set device=cpu --set search.skip=3 --fresh")).ToBeVisibleAsync();
        RunView run = Assert.Single(await Site.Runs.ListAsync());
        Assert.Contains("\"skip\":3", run.Recipe);
    }

    [Fact]
    public async Task The_form_checks_what_the_server_sees_before_a_run_exists()
    {
        FakeChecks checks = Site.Process.Checks;
        await Page.OpenAsync("/start?recipe=vilt/shapes");
        await Page.Button("Check").ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Row, new() { Name = "search computed" })).ToContainTextAsync("1 min 30 s");
        await Expect(Page.GetByText("train: 12 samples")).ToBeVisibleAsync();
        checks.Flaws = [new("search.skip", "is more than there are layers")];
        try
        {
            await Page.Button("Start").ClickAsync();
            await Expect(Page.Locator(".das-field", new() { Has = Page.Field("search.skip") })).ToContainTextAsync("is more than there are layers");
            Assert.Empty(await Site.Runs.ListAsync());
        }
        finally { checks.Flaws = []; }
    }

    [Fact]
    public async Task Retry_is_not_offered_where_only_another_recipe_helps()
    {
        RunView run = await Site.FailedAsync(ErrorKind.Recipe);
        await Page.OpenAsync($"/runs/{run.Id:N}");
        await Expect(Page.GetByRole(AriaRole.Link, new() { Name = "Start from this recipe" })).ToBeVisibleAsync();
        await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Retry" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_is_wrong_is_said_at_its_field_and_cannot_be_started()
    {
        await Page.OpenAsync("/start?recipe=vilt/shapes");
        await Page.Field("search.skip").FillAsync("-1");
        ILocator field = Page.Locator(".das-field", new() { Has = Page.Field("search.skip") });
        await Expect(field).ToContainTextAsync("Must be at least 0, not -1.");
        await Expect(Page.Field("search.skip")).ToHaveAttributeAsync("aria-invalid", "true");
        await Page.Button("Start").ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("Not started: mend these first.");
        Assert.Empty(await Site.Runs.ListAsync());

        await Page.Field("search.skip").FillAsync("many");
        await Expect(field).ToContainTextAsync("many");
        await Page.Button("Undo the change of search.skip").ClickAsync();
        await Expect(Page.Field("search.skip")).ToHaveAttributeAsync("aria-invalid", "false");
        await Page.Button("Start").ClickAsync();
        await Expect(Page.Heading("vilt/shapes")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_run_is_cancelled_and_retried_from_its_page()
    {
        TaskCompletionSource hold = Site.HoldSearches();
        await Page.OpenAsync($"/runs/{await Site.Runs.StartAsync(UiSite.Recipe, "regretted", fresh: false):N}");
        await Expect(Progress).ToBeVisibleAsync();
        await Page.Button("Cancel").ClickAsync();
        await Page.StandsAsync("Cancelled");
        hold.SetResult();
        await Page.Button("Retry from search").ClickAsync();
        await Page.StandsAsync("Completed");
        Assert.Equal(1, Site.Process.Stages.Worked(PipelineStages.Ingest));
    }

    [Fact]
    public async Task A_reload_in_mid_run_loses_nothing()
    {
        TaskCompletionSource hold = Site.HoldSearches();
        await Page.OpenAsync($"/runs/{await Site.Runs.StartAsync(UiSite.Recipe, "reloaded", fresh: false):N}");
        double before = await ProgressAsync();
        await Expect(HeatMap).ToBeVisibleAsync();
        await Page.ReloadAsync();
        await Page.AnswersAsync();
        Assert.InRange(await ProgressAsync(), before, 99);
        await Expect(HeatMap).ToBeVisibleAsync();
        await Expect(Page.Role(AriaRole.Region, "Search: loss")).ToBeVisibleAsync();
        hold.SetResult();
        await Page.StandsAsync("Completed");
    }

    [Fact]
    public async Task A_broken_connection_comes_back_to_the_same_page()
    {
        Provoked.AddRange(["ERR_INTERNET_DISCONNECTED", "WebSocket", "Connection disconnected", "Failed to fetch", "connection could not be",
            "Failed to complete negotiation", "Failed to start the connection"]);
        List<IWebSocketRoute> connections = [];
        await Page.RouteWebSocketAsync("**/_blazor**", connection =>
        {
            connection.ConnectToServer();
            connections.Add(connection);
        });
        TaskCompletionSource hold = Site.HoldSearches();
        await Page.OpenAsync($"/runs/{await Site.Runs.StartAsync(UiSite.Recipe, "unplugged", fresh: false):N}");
        double before = await ProgressAsync();
        await Page.GetByLabel("Notes").FillAsync("half a thought");
        await Page.GetByLabel("Tags").FocusAsync();

        await Page.Context.SetOfflineAsync(true);
        foreach (IWebSocketRoute connection in connections.ToList()) await connection.CloseAsync(new() { Code = 3001, Reason = "cable pulled" });
        await Expect(Page.GetByText("The connection to the server is lost")).ToBeVisibleAsync();
        await Page.Context.SetOfflineAsync(false);
        await Expect(Page.GetByText("The connection to the server is lost")).ToBeHiddenAsync();

        await Expect(Page.GetByLabel("Notes")).ToHaveValueAsync("half a thought");
        await Expect(Progress).Not.ToHaveAttributeAsync("aria-valuenow", before.ToString(CultureInfo.InvariantCulture));
        hold.SetResult();
        await Page.StandsAsync("Completed");
        await Page.Button("Save tags and notes").ClickAsync();
        await Expect(Page.GetByText("Saved.")).ToBeVisibleAsync();
        Assert.Equal("half a thought", Assert.Single(await Site.Runs.ListAsync()).Notes);
        Assert.True(connections.Count >= 2, "The connection was never made again.");
    }

    private async Task<double> ProgressAsync() => double.Parse(await Progress.GetAttributeAsync("aria-valuenow") ?? "", CultureInfo.InvariantCulture);
}
