using System.Data.Common;
using Das.Control.Access;
using Das.Control.Curves;
using Das.Control.History;
using Das.Control.Progress;
using Das.Control.Runs;
using Das.Reports;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Das.Control;

/// <summary>The control plane: registry, saga, monitor.</summary>
public static class ControlModule
{
    private const string RunsQueue = "das-run-state";
    private static readonly TimeSpan[] RegistryRetries = [.. new[] { 50, 200, 1000, 2000 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];
    private static readonly TimeSpan RegistryPatience = TimeSpan.FromDays(1);

    /// <summary>Adds everything that drives runs; called inside <see cref="PipelineBus.AddPipelineBus"/>.</summary>
    /// <param name="bus">The bus, which is the service collection as well.</param>
    /// <param name="home">Where the registry and the artifacts lie.</param>
    /// <param name="options">How this process takes part.</param>
    public static void AddControl(this IBusRegistrationConfigurator bus, DasHome home, ControlOptions? options = null)
    {
        AddRows(bus, home, options ?? new());
        bus.AddListener<RunProgressConsumer>();
        bus.AddSagaStateMachine<RunStateMachine, RunState>();
        bus.RegisterSagaRepository<RunState, RegistryContext, SagaConsumeContextFactory<RegistryContext, RunState>, SqliteSagaRepository>();
        bus.AddConfigureEndpointsCallback((_, name, endpoint) =>
        {
            if (name != RunsQueue) return;
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(fault => fault is (DbException or DbUpdateException) && !RegistryFault.Passes(fault));
                retry.Intervals(RegistryRetries);
            });
            // What the disk refuses is not lost: no message is taken up before this one could be written down.
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(RegistryFault.Passes);
                retry.Intervals([.. RegistryRetries, .. Enumerable.Repeat(RegistryFault.Pause, (int)(RegistryPatience / RegistryFault.Pause))]);
            });
        });
        bus.AddSingleton<Outbox>();
        bus.AddHostedService(provider => provider.GetRequiredService<Outbox>());
        bus.AddHostedService<RunMonitor>();
        bus.AddSingleton<RunQuestions>();
    }

    /// <summary>
    /// Adds the <see cref="RunRegistry"/> alone, for a process that lists, cancels or retries what other processes drive.
    /// </summary>
    public static IServiceCollection AddRunRegistry(this IServiceCollection services, DasHome home, BusSettings settings, ControlOptions? options = null)
    {
        services.TryAddSingleton(settings);
        AddRows(services, home, (options ?? new()) with { Drive = false });
        return services;
    }

    private static void AddRows(IServiceCollection services, DasHome home, ControlOptions options)
    {
        services.TryAddSingleton(home);
        services.AddSingleton(options);
        services.TryAddSingleton(provider => new ArtifactStore(provider.GetRequiredService<DasHome>().Made().Artifacts));
        services.AddSingleton<RegistryDatabase>();
        services.AddSingleton<IDbContextFactory<RegistryContext>>(provider => provider.GetRequiredService<RegistryDatabase>());
        services.AddSingleton<RunOwnership>();
        services.AddSingleton<RunProgress>();
        services.AddSingleton<RunCurves>();
        services.AddSingleton<RunFeed>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(PipelineStages.Das);
        services.AddSingleton<RunFilters>();
        services.AddSingleton<RunLineage>();
        services.AddSingleton<RunSignal>();
        services.AddSingleton<RunRegistry>();
        services.AddSingleton<UserAccounts>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<AccessWatch>();
        services.AddReports();
    }
}
