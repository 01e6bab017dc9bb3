using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Das.Control.Telemetry;

/// <summary>What processes tell of themselves: traces and metrics by OTLP where the environment says where to.</summary>
public static class PipelineTelemetry
{
    /// <summary>OpenTelemetry's own variable; its others (headers, protocol, sampling) count as well.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>For any process of the pipeline: exports the runs' traces and the process's metrics, if <see cref="Endpoint"/> is set.</summary>
    /// <param name="services">The process's services.</param>
    /// <param name="service">What the process is called: <c>das-search</c>.</param>
    public static IServiceCollection AddPipelineTelemetry(this IServiceCollection services, string service)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Endpoint))) return services;
        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(service))
            .WithTracing(traces => traces.AddSource(RunTracing.SourceName))
            .WithMetrics(metrics => metrics.AddRuntimeInstrumentation())
            .UseOtlpExporter();
        return services;
    }
}
