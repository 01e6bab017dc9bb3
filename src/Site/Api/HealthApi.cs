using Das.Control.Registry;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Das.Site.Api;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>, which is also <c>/health</c>: the registry can be read and written and
/// the bus is connected.
/// </summary>
internal static class HealthApi
{
    public static void AddHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<RegistryHealth>("registry");

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        foreach (string path in new[] { "/health/ready", "/health" }) app.MapHealthChecks(path).AllowAnonymous();
    }
}

internal sealed class RegistryHealth(RegistryDatabase registry) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await registry.CheckAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
