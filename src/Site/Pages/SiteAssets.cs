using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Das.Site.Pages;

/// <summary>The styles and scripts of the pages, out of this assembly's resources <c>assets/*</c>: <c>/assets/app.css</c>, and where browsers look by
/// themselves, <c>/_framework/blazor.web.js</c>, <c>/favicon.ico</c>.</summary>
internal static class SiteAssets
{
    private const string Prefix = "assets/";
    private static readonly FileExtensionContentTypeProvider types = new();
    private static readonly EntityTagHeaderValue version = new($"\"{typeof(SiteAssets).Assembly.ManifestModule.ModuleVersionId:N}\"");

    public static void MapAssets(this WebApplication app)
    {
        foreach (string resource in typeof(SiteAssets).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            string name = resource[Prefix.Length..], path = name switch { "blazor.web.js" => $"/_framework/{name}", "icon.svg" => "/favicon.ico", _ =>
                $"/{resource}" };
            app.MapGet(path, () => Serve(resource, name)).ExcludeFromDescription().AllowAnonymous();
        }
    }

    private static IResult Serve(string resource, string name) => Results.Stream(
        typeof(SiteAssets).Assembly.GetManifestResourceStream(resource)!,
        types.TryGetContentType(name, out string? type) ? type : "application/octet-stream", entityTag: version);
}
