using Microsoft.AspNetCore.Builder;

namespace Das.Cli.Hosting;

/// <summary>The site of this process, for itself alone, until disposed.</summary>
public sealed class LocalSite(WebApplication app) : IAsyncDisposable
{
    public Uri Address { get; } = new(app.Urls.Single());

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
