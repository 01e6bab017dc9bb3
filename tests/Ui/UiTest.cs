namespace Das.Tests.Ui;

/// <summary>
/// A site and a page of a browser on it. A test fails, too, if its pages write an error to the console or ask anybody
/// else for anything; of a failed one a picture and a trace stay in <c>TestResults/ui</c>.
/// </summary>
[Collection(BrowserCollection.Name)]
public abstract partial class UiTest(Browser browser) : IAsyncLifetime
{
    private readonly List<IBrowserContext> contexts = [];
    private readonly ConcurrentQueue<string> complaints = [];

    protected static string Results { get; } = Repository.PathOf("TestResults");

    private protected UiSite Site { get; private set; } = null!;

    /// <summary>A page at 1400 × 900 in light colours.</summary>
    protected IPage Page { get; private set; } = null!;

    /// <summary>The site asks for sign-in.</summary>
    protected virtual bool AsksForSignIn => false;

    /// <summary>Parts of console errors that the test provokes.</summary>
    protected List<string> Provoked { get; } = [];

    public async ValueTask InitializeAsync()
    {
        IBrowserContext first = await browser.NewContextAsync(new() { BaseURL = "http://127.0.0.1" });
        await first.DisposeAsync();
        Site = await UiSite.StartAsync(AsksForSignIn);
        Page = await NewPageAsync();
    }

    /// <summary>A page of a browser that knows nothing of the others'.</summary>
    protected async Task<IPage> NewPageAsync(ColorScheme colours = ColorScheme.Light, int width = 1400, int height = 900)
    {
        IBrowserContext context = await browser.NewContextAsync(new() { BaseURL = Site.Address.ToString(), ColorScheme = colours,
            ViewportSize = new() { Width = width, Height = height } });
        contexts.Add(context);
        await context.AddInitScriptAsync(LivePage.Mark);
        await context.Tracing.StartAsync(new() { Snapshots = true });
        context.Console += (_, message) => { if (message.Type == "error") complaints.Enqueue($"{message.Text} ({message.Location})"); };
        context.WebError += (_, error) => complaints.Enqueue(error.Error);
        context.Request += (_, request) =>
            { if (request.Url.StartsWith("http")
            && !request.Url.StartsWith(Site.Address.ToString())) complaints.Enqueue($"Asked {request.Url}"); };
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        bool failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        string[] unexpected = [.. complaints.Where(complaint => !Provoked.Any(complaint.Contains))];
        foreach (var (context, number) in contexts.Select((context, number) => (context, number)))
        {
            string name = Path.Combine(Results, "ui", $"{NotInNames().Replace(TestContext.Current.Test!.TestDisplayName, "_")}-{number}");
            if (failed && context.Pages.Count > 0) await context.Pages[^1].ScreenshotAsync(new() { Path = name + ".png" });
            await context.Tracing.StopAsync(failed ? new() { Path = name + ".zip" } : new());
            await context.DisposeAsync();
        }
        if (Site is not null) await Site.DisposeAsync();
        if (!failed && unexpected.Length > 0) Assert.Fail($"The console says: {string.Join("\n", unexpected)}");
    }

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex NotInNames();
}
