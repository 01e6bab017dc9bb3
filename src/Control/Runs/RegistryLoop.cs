using MassTransit;

namespace Das.Control.Runs;

/// <summary>
/// Looks at the registry, once the bus is there, whenever it is woken and at least every <see cref="ControlOptions.Poll"/>. A fault is logged and ends one
/// look; a registry that cannot be read or written is given a pause.
/// </summary>
public abstract partial class RegistryLoop(IServiceProvider services, ControlOptions options, RunSignal signal, ILogger log) : BackgroundService
{
    protected IServiceProvider Services => services;
    protected ControlOptions Options => options;
    protected RunSignal Signal => signal;

    protected abstract Task LookAsync(CancellationToken cancellation);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try { await LookAsync(stoppingToken); }
            catch (Exception fault) when (RegistryFault.Of(fault) is { } registry)
            {
                LogRegistry(log, registry.Message);
                await Task.Delay(RegistryFault.Pause, stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException) { LogFault(log, fault, GetType().Name); }
            await signal.WaitAsync(options.Poll, stoppingToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private static partial void LogRegistry(ILogger log, string sentence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Loop} stumbled and looks again.")]
    private static partial void LogFault(ILogger log, Exception fault, string loop);
}
