namespace Das.Tests.Ui;

public sealed class KeyboardTests(Browser browser) : UiTest(browser)
{
    [Fact]
    public async Task A_run_is_started_with_the_keyboard_alone()
    {
        await Page.OpenAsync("/");
        await Expect(Page.Heading("Runs")).ToBeFocusedAsync();
        await Page.TabToAsync(Page.Role(AriaRole.Link, "Start a run"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Heading("Start a run")).ToBeFocusedAsync();
        await Page.TabToAsync(Page.GetByLabel("Recipe", new() { Exact = true }));
        await Page.Keyboard.TypeAsync("vilt/shapes");
        await Expect(Page.GetByText("vilt/shapes", new() { Exact = true })).ToBeVisibleAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Field("search.skip")).ToHaveValueAsync("2");
        await Page.TabToAsync(Page.GetByLabel("Name of the run"));
        await Page.Keyboard.TypeAsync("typed");
        await Page.TabToAsync(Page.Button("Start"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Heading("typed")).ToBeFocusedAsync();
        await Page.StandsAsync("Completed");
    }

    [Fact]
    public async Task Runs_are_compared_with_the_keyboard_alone()
    {
        var (a, b) = Site.Pair();
        RunView first = (await Site.Runs.FindAsync(a))!, second = (await Site.Runs.FindAsync(b))!;
        await Page.OpenAsync("/");
        foreach (RunView run in new[] { second, first })
        {
            await Page.TabToAsync(Page.Role(AriaRole.Checkbox, $"Choose {run.Name}, {run.ShortId}"));
            await Page.Keyboard.PressAsync("Space");
        }
        await Expect(Page.GetByText("2 runs, 2 chosen")).ToBeVisibleAsync();
        await Page.TabToAsync(Page.Link("Compare").Last, back: true);
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Heading("Compare runs")).ToBeFocusedAsync();
        await Page.TabToAsync(Page.GetByRole(AriaRole.Radio, new() { Checked = true }));
        await Page.Keyboard.PressAsync("ArrowDown");
        await Expect(Page.Role(AriaRole.Radio, "Compare the others with B")).ToBeCheckedAsync();
        await Expect(Page.GetByRole(AriaRole.Columnheader, new() { Name = "B", Exact = false }).Filter(new() { HasText = "compared with" })).ToBeVisibleAsync();
        await Page.TabToAsync(Page.Button("Both wrong (9)"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator(".das-compare-question")).ToHaveCountAsync(9);
    }
}
