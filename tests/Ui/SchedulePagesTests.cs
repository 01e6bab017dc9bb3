namespace Das.Tests.Ui;

public sealed partial class SchedulePagesTests(Browser browser) : UiTest(browser)
{
    [Fact]
    public async Task A_schedule_is_made_paused_fired_and_deleted_by_hand()
    {
        RunView run = await Site.Process.RunAsync("trained");
        await Page.OpenAsync("/schedules/new");
        await Page.Button("Save").ClickAsync();
        await Expect(Page.GetByText("A schedule needs a name")).ToBeVisibleAsync();
        await Expect(Page.GetByText("Choose what is evaluated again")).ToBeVisibleAsync();
        await Page.GetByLabel(Name()).FillAsync("nightly");
        await Page.GetByLabel("Run", new() { Exact = true }).FillAsync("trai");
        await Page.GetByText($"trained ({run.ShortId})").ClickAsync();
        await Page.GetByLabel("Cron").FillAsync("61 * * * *");
        await Expect(Page.GetByText("between 0 and 59")).ToBeVisibleAsync();
        await Page.GetByLabel("Cron").FillAsync("0 3 * * *");
        await Expect(Page.GetByText("Every day at 03:00")).ToBeVisibleAsync();
        await Page.Button("Save").ClickAsync();

        await Expect(Page.Heading("nightly")).ToBeVisibleAsync();
        await Page.Button("Pause nightly").ClickAsync();
        await Expect(Page.GetByText("Paused.")).ToBeVisibleAsync();
        await Page.Button("Run nightly now").ClickAsync();
        await Expect(Page.Role(AriaRole.Cell, FiringOutcome.NotCompared)).ToBeVisibleAsync();
        ScheduleBook book = Site.Process.Services.GetRequiredService<ScheduleBook>();
        ScheduleView made = Assert.Single(await book.ListAsync());
        Assert.Equal((run.Id, "0 3 * * *", true), (made.Wish.RunId, made.Wish.Cron, made.Paused));

        await Page.Button("Delete nightly").ClickAsync();
        await Page.Button("Delete").ClickAsync();
        await Expect(Page.Heading("Schedules")).ToBeVisibleAsync();
        Assert.Empty(await book.ListAsync());
    }

    [GeneratedRegex("^Name")]
    private static partial Regex Name();
}
