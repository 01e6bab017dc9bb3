using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Das.Evaluate;

/// <summary>Puts the stage on a bus.</summary>
public static class EvaluateModule
{
    public static void AddEvaluate(this IBusRegistrationConfigurator bus)
    {
        bus.AddSingleton<EvaluateStage>();
        bus.AddConsumer<EvaluateConsumer>();
    }
}
