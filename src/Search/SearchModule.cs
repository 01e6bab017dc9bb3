using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Das.Search;

/// <summary>Puts the stage on a bus.</summary>
public static class SearchModule
{
    public static void AddSearch(this IBusRegistrationConfigurator bus)
    {
        bus.AddSingleton<SearchStage>();
        bus.AddConsumer<SearchConsumer>();
    }
}
