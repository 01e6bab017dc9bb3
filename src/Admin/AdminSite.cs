using Das.Admin.Api;
using Das.Admin.Pages;
using Das.Admin.Pages.Layout;
using Das.Admin.Runs;
using Das.Recipes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.EntityFrameworkCore;
using MudBlazor.Services;

namespace Das.Admin;

/// <summary>What people and programs see of the control plane: the pages and the HTTP API.</summary>
public static class AdminSite
{
    /// <summary>Adds what <see cref="MapAdmin"/> needs beside <see cref="AdminModule.AddAdmin"/>.</summary>
    public static void AddAdminSite(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddMudServices();
        builder.Services.AddSingleton<RunHistories>();
        builder.Services.AddTransient(services => new RecipePaths(services.GetRequiredService<IDbContextFactory<RegistryContext>>(), RecipeCatalog.Default(),
            RecipePaths.FoldersFromEnvironment(), any: SiteBinding.IsLoopback(services.GetRequiredService<IServer>()) && Environment.GetEnvironmentVariable("DAS_ADMIN_SIGNIN") != "1"));
        builder.Services.AddHealthChecks();
    }

    /// <summary>Maps the pages, <c>/api</c> and <c>/health</c>.</summary>
    public static void MapAdmin(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapAssets();
        app.MapRunsApi();
        app.MapCompareApi();
        app.MapHealthChecks("/health");
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
