namespace Das.Tests.Ui;

public sealed class ComparePagesTests(Browser browser) : UiTest(browser)
{
    [Fact]
    public async Task Two_runs_are_compared_down_to_the_single_question()
    {
        var (a, b) = Site.Pair();
        await Page.OpenAsync("/");
        foreach (RunView run in new[] { (await Site.Runs.FindAsync(a))!, (await Site.Runs.FindAsync(b))! })
            await Page.Role(AriaRole.Checkbox, $"Choose {run.Name}, {run.ShortId}").CheckAsync();
        ILocator chosen = Page.Link("Compare").Last;
        await Expect(chosen).ToHaveAttributeAsync("href", new Regex("runs=.+,"));
        await chosen.ClickAsync();

        await Expect(Page.Heading("Compare runs")).ToBeVisibleAsync();
        ILocator scores = Page.Role(AriaRole.Region, "Scores and costs of the runs");
        await Expect(scores).ToContainTextAsync("65.00 %");
        await Expect(scores).ToContainTextAsync("47.50 %");
        await Expect(scores).ToContainTextAsync("−17.50");
        await Expect(scores).ToContainTextAsync("p = 0.143"); // exact McNemar of 12 against 5: 2 P(X <= 5 | 17, 1/2) = 0.1435
        await Expect(Page.Role(AriaRole.Region, "Settings of the runs").GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await Expect(Page.Role(AriaRole.Img, "accuracy").First).ToBeVisibleAsync();

        await Expect(Page.Button("Only A right (12)")).ToHaveAttributeAsync("aria-pressed", "true");
        await Page.Button("Only B right (5)").ClickAsync();
        ILocator questions = Page.Locator(".das-compare-question");
        await Expect(questions).ToHaveCountAsync(5);
        await Expect(questions.First).ToContainTextAsync("which colour 26?");
        await Expect(questions.First).ToContainTextAsync("✗ wrong: blue");
        await Expect(questions.First).ToContainTextAsync("✓ right: red");
        ILocator picture = questions.First.GetByRole(AriaRole.Img);
        await picture.ScrollIntoViewIfNeededAsync();
        await Expect(picture).ToHaveJSPropertyAsync("naturalWidth", 96);
        await Page.Button("Both wrong (9)").ClickAsync();
        await Expect(questions).ToHaveCountAsync(9);
        await Page.ReloadAsync();
        await Expect(Page.Button("Both wrong (9)")).ToHaveAttributeAsync("aria-pressed", "true");
    }
}
