using Das.Control;
using Das.Site.Api;
using Das.Site.Pages;
using Das.Site.Pages.Layout;
using MudBlazor.Services;

namespace Das.Site;

/// <summary>What people and programs see of the control plane: the pages and the HTTP API.</summary>
public static class SiteModule
{
    /// <summary>Settings of a site for the process that holds it alone: nobody signs in, no proxy brings others.</summary>
    public static readonly IReadOnlyDictionary<string, string?> ForThisProcess =
        new Dictionary<string, string?> { [SignInRule.Variable] = "0", [SignInRule.Proxies] = "" };

    /// <summary>Adds what <see cref="MapSite"/> needs beside <see cref="ControlModule.AddControl"/>.</summary>
    /// <param name="builder">The site.</param>
    /// <param name="fires">Whether schedules fire here; they can be read and changed in any case.</param>
    public static void AddSite(this WebApplicationBuilder builder, bool fires = true)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddMudServices();
        builder.Services.AddSingleton<RunHistories>();
        builder.Services.AddTransient(services => ActivatorUtilities.CreateInstance<RecipePaths>(services, RecipeCatalog.Default(),
            RecipePaths.FoldersFromEnvironment(), !services.GetRequiredService<SignInRule>().Required));
        builder.Services.AddSingleton<PictureAddress>(CompareApi.AddressOf).AddSingleton<QuestionDifferences>();
        builder.AddAccess();
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = Explain).AddExceptionHandler<Sentences>();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddApiDescription();
        builder.Services.AddHealth();
        builder.Services.AddSiteTelemetry();
        builder.Services.AddSchedules(fires);
    }

    /// <summary>Maps the pages, <c>/api</c>, <c>/openapi</c>, <c>/metrics</c>, <c>/health</c> and the way in.</summary>
    public static void MapSite(this WebApplication app)
    {
        app.UseAccess();
        app.MapAssets();
        app.MapSignIn();
        app.MapRunsApi();
        app.MapRunActionsApi();
        app.MapAskApi();
        app.MapRunResultsApi();
        app.MapEventsApi();
        app.MapRecipesApi();
        app.MapCompareApi();
        app.MapSchedulesApi();
        app.MapSchedules().RequireAuthorization(Roles.Viewer);
        app.Map("/api/{**path}", (string? path) =>
            { throw new DasException(ErrorKind.NotFound, $"There is nothing at /api/{path}; /openapi/v1.json lists what there is."); })
            .ExcludeFromDescription();
        app.MapOpenApi();
        app.MapHealth();
        app.MapMetrics();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null)
            .RequireAuthorization(Roles.Viewer);
    }

    private static void Explain(ProblemDetailsContext context)
    {
        if (context.ProblemDetails is { Status: StatusCodes.Status500InternalServerError, Detail: null }) context.ProblemDetails.Detail = Sentences.Unexpected;
    }

    /// <summary>Refuses to serve where people must sign in and nobody can.</summary>
    /// <exception cref="DasException">There is no user yet, and the site is not for this machine alone.</exception>
    public static Task CheckSignInAsync(this WebApplication app) =>
        app.Services.GetRequiredService<SignInRule>().RefuseWithoutUsersAsync((app.Configuration[WebHostDefaults.ServerUrlsKey] ?? "http://localhost:5000")
            .Split(';', StringSplitOptions.RemoveEmptyEntries));
}
