using MassTransit;

namespace Das.Ingest;

/// <summary>Puts the stage on a bus.</summary>
public static class IngestModule
{
    public static void AddIngest(this IBusRegistrationConfigurator bus) => bus.AddConsumer<IngestConsumer>();
}
