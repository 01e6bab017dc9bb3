using System.Data;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Data.Sqlite;
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

/// <summary>The registry can be read and, within a few seconds, written.</summary>
internal sealed class RegistryHealth(IDbContextFactory<RegistryContext> registry) : IHealthCheck
{
    private const int Seconds = 2;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync(cancellationToken);
        ((SqliteConnection)rows.Database.GetDbConnection()).DefaultTimeout = Seconds;
        await rows.Database.OpenConnectionAsync(cancellationToken);
        await rows.Database.ExecuteSqlRawAsync($"PRAGMA busy_timeout={Seconds * 1000}", cancellationToken);
        // The lock for writing, given back also where whoever asked has gone away.
        await using var writing = await rows.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        await rows.Sagas.AnyAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
