namespace Das.Tests.Ui;

/// <summary>One headless Chromium for all tests of pages: Debian's, or the program that <see cref="Variable"/> names.</summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Variable = "DAS_CHROMIUM";

    private const string Debian = "/usr/bin/chromium";
    private const int Patience = 20_000;
    private static readonly string program = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Debian;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(program)) return;
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
        SetDefaultExpectTimeout(Patience);
    }

    /// <summary>A browser's state of its own: cookies, colours, size. Where there is no Chromium the test is skipped.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions options)
    {
        if (browser is null) Assert.Skip($"There is no browser at {program}: install Debian's package chromium, or let {Variable} name one.");
        options.ReducedMotion = ReducedMotion.Reduce;
        IBrowserContext context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<Browser>
{
    public const string Name = "Browser";
}
