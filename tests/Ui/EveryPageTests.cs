using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace Das.Tests.Ui;

/// <summary>What holds for every page; the pictures that it takes lie in <c>TestResults/screens</c>.</summary>
public sealed class EveryPageTests(Browser browser) : UiTest(browser)
{
    protected override bool AsksForSignIn => true;

    [Fact]
    public async Task Every_page_fits_a_desk_and_a_phone_in_light_and_dark_and_can_be_used_by_everybody()
    {
        Provoked.AddRange(["404", "401"]);
        var pages = await FillAsync();
        List<string> flaws = [];
        foreach (ColorScheme colours in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            IPage page = await NewPageAsync(colours);
            await page.GotoAsync("/sign-in");
            flaws.AddRange(await LookAsync(page, "sign-in", colours));
            await page.SignInAsync("ann", SignInSite.Password);
            await page.AnswersAsync();
            foreach (var (name, path, settled) in pages)
            {
                await page.OpenAsync(path);
                await Expect(page.GetByText(settled).Filter(new() { Visible = true }).First).ToBeVisibleAsync();
                flaws.AddRange(await LookAsync(page, name, colours));
            }
        }
        Assert.True(flaws.Count == 0, string.Join("\n", flaws));
    }

    /// <summary>The pages of a site where much has happened, each with a text that it ends up with.</summary>
    private async Task<(string Name, string Path, string Settled)[]> FillAsync()
    {
        var (a, b) = Site.Pair();
        RunView run = await Site.Process.RunAsync("two of twelve skipped", UiSite.Recipe);
        await Site.Runs.TagAsync(run.Id, ["baseline", "paper"]);
        Guid schedule = await Site.FiredAsync(run.Id);
        RunView converses = await Site.Process.RunAsync("answers questions", UiSite.ConversingRecipe);
        RunView failed = await Site.FailedAsync();
        Site.HoldSearches();
        Guid running = await Site.Runs.StartAsync(UiSite.Recipe, "still searching", fresh: true);
        await Site.Process.UntilAsync(running, view => view.Progress?.Stage == PipelineStages.Search);
        return
        [
            ("runs", "/", "still searching"), ("runs-none", "/?state=Queued", "No run fits the filter."),
                ("start", "/start?recipe=vilt/shapes", "Name of the run"), ("start-flawed", $"/start?recipe=nothing", "nothing"),
            ("run", $"/runs/{run.Id:N}", "Lineage"), ("run-searching", $"/runs/{running:N}", "a second"),
                ("run-failed", $"/runs/{failed.Id:N}", "the loss is not a number"),
            ("chat", $"/runs/{converses.Id:N}/chat", "Nothing has been asked yet."), ("chat-none", $"/runs/{run.Id:N}/chat", "writes none"),
            ("compare-choose", "/compare", "runs fit"), ("compare", $"/compare?runs={a:N},{b:N}&settings=all", "which colour"),
            ("schedules", "/schedules", "nightly shapes"), ("schedule", $"/schedules/{schedule}", "Firings"),
                ("schedule-edit", $"/schedules/{schedule}/edit", "Every day at 02:00"),
            ("not-found", "/nothing/here", "There is no such page"),
        ];
    }

    /// <summary>Takes the page's pictures at both sizes, and says what is wrong with it.</summary>
    private static async Task<IEnumerable<string>> LookAsync(IPage page, string name, ColorScheme colours)
    {
        List<string> flaws = [];
        foreach (var (size, width, height) in new[] { ("phone", 390, 844), ("desk", 1400, 900) })
        {
            await page.SetViewportSizeAsync(width, height);
            int wide = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            if (wide > width) flaws.Add($"{name} at {width}: {wide} pixels wide.");
            await page.ScreenshotAsync(new() { Path = Path.Combine(Results, "screens", $"{name}-{size}-{colours}.png".ToLowerInvariant()), FullPage = true });
        }
        AxeResult found = await page.RunAxe();
        return [.. flaws, .. from flaw in found.Violations where flaw.Impact is "serious"
            or "critical" from node in flaw.Nodes select $"{name} in {colours}: {flaw.Id}: {flaw.Help}: {node.Html}"];
    }
}
