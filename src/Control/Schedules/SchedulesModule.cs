using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.InMemory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Das.Control.Schedules;

/// <summary>Re-evaluations that come back, and Hangfire, which wakes them.</summary>
public static class SchedulesModule
{
    /// <summary>Where Hangfire's dashboard lies.</summary>
    public const string Dashboard = "/hangfire";

    private const int WebhookRetries = 3;
    private static readonly TimeSpan WebhookPause = TimeSpan.FromSeconds(1), WebhookPatience = TimeSpan.FromSeconds(10),
        ConnectionLife = TimeSpan.FromMinutes(5);

    /// <summary>Adds schedules and, where they fire, what wakes them and judges re-evaluations; the bus and the registry are added elsewhere.</summary>
    public static void AddSchedules(this IServiceCollection services, bool fires)
    {
        services.TryAddSingleton(TimeProvider.System);
        // Named before Hangfire names its own, which are the whole program's: each host has a storage and an activator to itself.
        services.AddSingleton<JobStorage>(_ => new InMemoryStorage());
        services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddHangfire(_ => { });
        if (fires) services.AddHangfireServer(server => (server.WorkerCount, server.SchedulePollingInterval, server.ShutdownTimeout) =
            (1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)));
        services.AddSingleton<WebhookAddresses>();
        services.AddHttpClient<DropWebhook>()
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                AllowAutoRedirect = false, UseProxy = false, PooledConnectionLifetime = ConnectionLife,
                ConnectCallback = (context, cancellation) =>
                    provider.GetRequiredService<WebhookAddresses>().ConnectAsync(context.DnsEndPoint, cancellation),
            })
            .RemoveAllLoggers()
            .AddResilienceHandler("webhook", attempts => attempts
                .AddRetry(new HttpRetryStrategyOptions { MaxRetryAttempts = WebhookRetries, Delay = WebhookPause, BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true, ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome.Exception?.InnerException is not DasException
                        && HttpClientResiliencePredicates.IsTransient(attempt.Outcome)) })
                .AddTimeout(WebhookPatience));
        services.AddSingleton<ScheduleFirings>();
        services.AddSingleton<ScheduleAlarm>();
        services.AddSingleton<ScheduleBook>();
        services.AddSingleton<FiringJudge>();
        if (fires) services.AddHostedService<ScheduleService>();
    }

    /// <summary>Maps Hangfire's dashboard for looking at: what is scheduled is changed on the pages, whose table is the truth.</summary>
    /// <returns>The route, whose authorization is its host's to ask for.</returns>
    public static IEndpointConventionBuilder MapSchedules(this IEndpointRouteBuilder site) =>
        site.MapHangfireDashboard(Dashboard, new DashboardOptions { AppPath = "/schedules", DashboardTitle = "DAS schedules", IsReadOnlyFunc = _ => true,
            Authorization = [] });
}
