namespace Das.Tests.Ui;

/// <summary>Pages that answer: a page looks finished before its live connection stands, and hears nothing until then.</summary>
internal static class LivePage
{
    /// <summary>Marks a document once its layout has run in the browser; the layout's first act there is to show the colours.</summary>
    public const string Mark =
        """
        { let theme; Object.defineProperty(window, "dasTheme", { get: () => theme, set: value => {
            const show = value.show;
            value.show = dark => { show(dark); document.documentElement.dataset.live = "yes"; };
            theme = value; } }); }
        """;

    /// <summary>Opens an address of the site and waits until its page answers.</summary>
    public static async Task OpenAsync(this IPage page, string path)
    {
        await page.GotoAsync(path);
        await page.AnswersAsync();
    }

    /// <summary>Waits until the page that is loading answers.</summary>
    public static Task AnswersAsync(this IPage page) => page.Locator("html[data-live]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

    /// <summary>Fills in the page at <c>/sign-in</c>.</summary>
    public static async Task SignInAsync(this IPage page, string name, string password)
    {
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(password);
        await page.Button("Sign in").ClickAsync();
    }

    public static ILocator Button(this IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Link(this IPage page, string name) => page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    public static ILocator Role(this IPage page, AriaRole role, string name) => page.GetByRole(role, new() { Name = name });

    /// <summary>Waits until the run that the page is about stands so.</summary>
    public static Task StandsAsync(this IPage page, string state) => Expect(page.Locator(".das-state").First).ToHaveTextAsync(state);

    public static ILocator Heading(this IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name });

    /// <summary>A field of the form, by its path in the recipe.</summary>
    public static ILocator Field(this IPage page, string path) => page.Locator($"[id='{path}']");

    /// <summary>Presses Tab (or Shift+Tab) until the focus is there.</summary>
    public static async Task TabToAsync(this IPage page, ILocator target, bool back = false)
    {
        for (int press = 0; press < 150; press++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement")) return;
            await page.Keyboard.PressAsync(back ? "Shift+Tab" : "Tab");
        }
        Assert.Fail($"Tab never came to {target}.");
    }
}
