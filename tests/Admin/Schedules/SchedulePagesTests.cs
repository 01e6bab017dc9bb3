using System.Text.RegularExpressions;
using Das.Admin.Runs;
using Das.Admin.Schedules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Das.Tests.Admin.Schedules;

/// <summary>The pages of schedules in a real browser.</summary>
public sealed partial class SchedulePagesTests : IDisposable
{
    private const string Chromium = "/usr/bin/chromium";
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_schedule_is_made_paused_fired_and_deleted_by_hand()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"There is no browser at {Chromium}.");
        await using PipelineProcess process = await PipelineProcess.StartAsync(_home.Path);
        RunView run = await process.WaitAsync(await process.Runs.StartAsync("""{"name":"fake"}""", "trained", fresh: false));
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
        IPage page = await browser.NewPageAsync(new() { BaseURL = process.Address.ToString(), ViewportSize = new() { Width = 1400, Height = 1200 } });
        page.SetDefaultTimeout(30_000);
        SetDefaultExpectTimeout(30_000);

        await page.GotoAsync("/schedules/new", new() { WaitUntil = WaitUntilState.NetworkIdle });
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("A schedule needs a name")).ToBeVisibleAsync();
        await Expect(page.GetByText("Choose what is evaluated again")).ToBeVisibleAsync();
        await page.GetByLabel(Name()).FillAsync("nightly");
        await page.GetByLabel("Run", new() { Exact = true }).FillAsync("trai");
        await page.GetByText($"trained ({run.ShortId})").ClickAsync();
        await page.GetByLabel("Cron").FillAsync("61 * * * *");
        await Expect(page.GetByText("between 0 and 59")).ToBeVisibleAsync();
        await page.GetByLabel("Cron").FillAsync("0 3 * * *");
        await Expect(page.GetByText("Every day at 03:00")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "nightly" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause nightly" }).ClickAsync();
        await Expect(page.GetByText("Paused.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Run nightly now" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Cell, new() { Name = FiringOutcome.Passed })).ToBeVisibleAsync();
        ScheduleBook book = process.Services.GetRequiredService<ScheduleBook>();
        ScheduleView made = Assert.Single(await book.ListAsync());
        Assert.Equal((run.Id, "0 3 * * *", true), (made.Wish.RunId, made.Wish.Cron, made.Paused));

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete nightly" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Schedules" })).ToBeVisibleAsync();
        Assert.Empty(await book.ListAsync());
    }

    [GeneratedRegex("^Name")]
    private static partial Regex Name();
}
