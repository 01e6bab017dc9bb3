using Das.Control.Telemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Das.Site.Api;

/// <summary><c>/metrics</c>, which Prometheus fetches: the runs, the site's requests and its process.</summary>
internal static class MetricsApi
{
    public static void AddSiteTelemetry(this IServiceCollection services)
    {
        services.AddSingleton<RunMetrics>();
        services.AddPipelineTelemetry("das-admin").AddOpenTelemetry()
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation())
            .WithMetrics(metrics => metrics.AddMeter(RunMetrics.MeterName).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter());
    }

    public static void MapMetrics(this WebApplication app)
    {
        app.Services.GetRequiredService<RunMetrics>();
        app.MapPrometheusScrapingEndpoint("/metrics");
    }
}
