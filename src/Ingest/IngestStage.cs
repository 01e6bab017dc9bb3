using System.Text.Json.Nodes;
using Das.Artifacts;
using Das.Contracts;
using MassTransit;
namespace Das.Ingest;
public static class IngestStage { public const string Name="ingest"; public static StageRequest Request(IngestDataset c) => throw new NotSupportedException(); public static Task<StageOutcome> RunAsync(IngestDataset c, StageWorkspace w, CancellationToken t) => throw new NotSupportedException(); }
public static class IngestModule { public static void AddIngest(this IBusRegistrationConfigurator bus) => bus.AddConsumer<IngestConsumer>(); }
