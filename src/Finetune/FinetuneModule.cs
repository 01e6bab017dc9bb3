using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Das.Finetune;

/// <summary>Puts the stage on a bus.</summary>
public static class FinetuneModule
{
    public static void AddFinetune(this IBusRegistrationConfigurator bus)
    {
        bus.AddSingleton<FinetuneStage>();
        bus.AddConsumer<FinetuneConsumer>();
    }
}
