using MassTransit;
using MassTransit.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Das.Bus;

/// <summary>The one place for transport, queues, retries and time-outs.</summary>
public static class PipelineBus
{
    /// <summary>How long a worker may keep a command unacknowledged: longer than any stage.</summary>
    public static readonly TimeSpan AcknowledgementTimeout = TimeSpan.FromDays(14);

    private const string Prefix = "das", ListenerMark = "-listener-", Questions = "das-chat";
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20), ConsumerStopTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Adds the bus, the artifact store's runner and the stages' <see cref="StageExecution"/>; which stages and other consumers this process has,
    /// <paramref name="modules"/> says (the configurator is the service collection, too).
    /// </summary>
    /// <param name="services">Must hold a <see cref="DasHome"/>; one from the environment is added if there is none.</param>
    /// <param name="settings">Which transport.</param>
    /// <param name="modules">For example <c>bus => bus.AddStage(PipelineStages.Search, typeof(SearchStage))</c>.</param>
    public static IServiceCollection AddPipelineBus(this IServiceCollection services, BusSettings settings, Action<IBusRegistrationConfigurator> modules)
    {
        settings.Validate();
        services.AddSingleton(settings);
        services.AddSingleton(provider => new ArtifactStore(provider.GetRequiredService<DasHome>().Made().Artifacts));
        services.AddSingleton<Publisher>();
        services.AddSingleton<ProgressSink>(provider =>
            (progress, cancellation) => provider.GetRequiredService<Publisher>().PublishAsync(progress, cancellation));
        services.TryAddSingleton(StageSettings.FromEnvironment());
        services.AddSingleton<StageRunner>();
        services.AddSingleton<RunCancellations>();
        services.AddSingleton<StageExecution>();
        services.Configure<MassTransitHostOptions>(options =>
            (options.WaitUntilStarted, options.StopTimeout, options.ConsumerStopTimeout) = (true, StopTimeout, ConsumerStopTimeout));
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(Prefix, includeNamespace: false));
            bus.AddListener<CancelRunConsumer>();
            bus.AddConfigureEndpointsCallback((_, name, endpoint) => Configure(name, endpoint, settings));
            modules(bus);
            if (settings.InMemory) bus.UsingInMemory((context, transport) => transport.ConfigureEndpoints(context));
            else bus.UsingRabbitMq((context, transport) =>
            {
                Connect(transport, settings);
                transport.ConfigureEndpoints(context);
            });
        });
        services.TryAddSingleton(_ => DasHome.FromEnvironment());
        if (settings.InMemory) return services;
        services.AddHostedService<BrokerCheck>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<BusWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<BusWatch>());
        return services;
    }

    /// <summary>Adds a stage's worker, whose queue is named after the stage: <c>das-search</c>.</summary>
    /// <param name="bus">The bus, which is the service collection as well.</param>
    /// <param name="name">The stage's name.</param>
    /// <param name="stage">Its class, a <see cref="Stage{TCommand,TEvent}"/>.</param>
    public static void AddStage(this IBusRegistrationConfigurator bus, string name, Type stage)
    {
        Type contract = stage;
        while (!contract.IsGenericType || contract.GetGenericTypeDefinition() != typeof(Stage<,>))
            contract = contract.BaseType ?? throw new ArgumentException($"{stage} is no stage.");
        bus.AddSingleton(contract, stage);
        bus.AddConsumer(typeof(StageConsumer<,>).MakeGenericType(contract.GetGenericArguments())).Endpoint(endpoint => endpoint.Name = $"{Prefix}-{name}");
    }

    /// <summary>
    /// Adds the worker that answers questions to finished models. They have a queue of their own, <c>das-chat</c>, so that none stands behind an evaluation
    /// of hours; its workers share it and take one at a time. It is gone with its last worker and so are the questions in it: whoever asks then hears at
    /// once that nobody is there, and no worker of a later day answers what nobody waits for any more.
    /// </summary>
    /// <param name="bus">The bus, which is the service collection as well.</param>
    /// <param name="models">Its class, a <see cref="ModelAnswers"/>.</param>
    public static void AddAnswers(this IBusRegistrationConfigurator bus, Type models)
    {
        bus.TryAddSingleton(TimeProvider.System);
        bus.AddSingleton(typeof(ModelAnswers), models);
        bus.AddConsumer<AskModelConsumer>().Endpoint(endpoint => endpoint.Name = Questions);
    }

    /// <summary>
    /// Adds a consumer that every process hears for itself: its queue is the process's own and goes with it.
    /// </summary>
    public static void AddListener<TConsumer>(this IBusRegistrationConfigurator bus) where TConsumer : class, IConsumer
    {
        bus.AddConsumer<TConsumer>().Endpoint(endpoint =>
        {
            endpoint.Temporary = true;
            endpoint.InstanceId = $"{ListenerMark[1..]}{NewId.NextGuid():N}";
        });
    }

    private static void Configure(string name, IReceiveEndpointConfigurator endpoint, BusSettings settings)
    {
        (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (1, 1);
        endpoint.PublishFaults = false;
        if (name == Questions) endpoint.DiscardFaultedMessages();
        else
        {
            endpoint.ConfigureError(error =>
            {
                error.UseFilter(new Redelivery());
                error.UseFilter(new ErrorTransportFilter());
            });
            endpoint.UseMessageRetry(retry => retry.Intervals([.. settings.RetryDelays]).Handle<Exception>(Faults.IsTransient));
        }
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator queue) return;
        if (name == Questions || name.Contains(ListenerMark))
        {
            // RabbitMQ 4 deprecates queues that are neither durable nor exclusive.
            (queue.Durable, queue.AutoDelete) = (true, true);
            return;
        }
        queue.SetQuorumQueue();
        queue.SetQueueArgument("x-consumer-timeout", (long)AcknowledgementTimeout.TotalMilliseconds);
    }

    internal static void Connect(IRabbitMqBusFactoryConfigurator transport, BusSettings settings) =>
        transport.Host(settings.Host, settings.Port, settings.VirtualHost, host =>
        {
            host.Username(settings.User);
            host.Password(settings.Password);
        });
}
