using Das.Admin.Api;
using Das.Admin.Pages;
using Das.Admin.Pages.Layout;
using Das.Admin.Schedules;
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
        builder.Services.AddHealthChecks();
        builder.Services.AddSchedules();
    }

    /// <summary>Maps the pages, <c>/api</c> and <c>/health</c>.</summary>
    public static void MapAdmin(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapAssets();
        app.MapRunsApi();
        app.MapSchedulesApi();
        app.MapHangfire();
        app.MapHealthChecks("/health");
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
