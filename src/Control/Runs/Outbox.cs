using Das.Control.Progress;
using MassTransit;

namespace Das.Control.Runs;

/// <summary>A message that a saga has decided on and the bus has not confirmed yet. What it says follows from the saga.</summary>
public sealed class OutboxRow
{
    public long Id { get; set; }
    public Guid RunId { get; set; }

    /// <summary>The step that is asked for; null where the run's work is to end.</summary>
    public string? Step { get; set; }

    /// <summary>The run's attempt that it belongs to; a later attempt makes a request for a step obsolete.</summary>
    public int Attempt { get; set; }
}

/// <summary>The outbox's table.</summary>
public static class OutboxTable
{
    extension(RegistryContext registry)
    {
        public DbSet<OutboxRow> Outbox => registry.Set<OutboxRow>();
    }
}

internal sealed class OutboxConfiguration : IEntityTypeConfiguration<OutboxRow>
{
    public void Configure(EntityTypeBuilder<OutboxRow> builder) => builder.ToTable("Outbox").HasKey(row => row.Id);
}

/// <summary>
/// Publishes what sagas have written into the registry together with their state, after the commit and again at start, until the bus confirms it. A message
/// may therefore be published twice and is never lost. What no queue would take, because no worker of the stage has ever been there, waits here.
/// </summary>
public sealed partial class Outbox(
    IDbContextFactory<RegistryContext> registry, RunOwnership ownership, RunProgress progress, PipelineStages stages, IServiceProvider services,
    BusSettings settings, ControlOptions options, ILogger<Outbox> log) : RegistryLoop(services, options, new(), log)
{
    private const int AtOnce = 500;

    /// <summary>A transaction has been committed.</summary>
    public void Wake() => Signal.Raise();

    public override void Dispose()
    {
        Signal.Dispose();
        base.Dispose();
    }

    protected override async Task LookAsync(CancellationToken cancellation)
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync(cancellation);
        IQueryable<OutboxRow> waiting = rows.Outbox.AsNoTracking();
        if (settings.InMemory) waiting = waiting.Where(row => ownership.Mine.Contains(row.RunId));
        List<long> sent = [];
        foreach (OutboxRow row in await waiting.OrderBy(row => row.Id).Take(AtOnce).ToListAsync(cancellation))
            if (Message(row, await rows.Sagas.AsNoTracking().SingleOrDefaultAsync(saga => saga.CorrelationId == row.RunId, cancellation)) is not { } message
                || await PublishAsync(row, message, cancellation)) sent.Add(row.Id);
        if (sent.Count > 0) await rows.Outbox.Where(row => sent.Contains(row.Id)).ExecuteDeleteAsync(cancellation);
    }

    /// <summary>Null where the run is no longer at the step.</summary>
    private object? Message(OutboxRow row, RunState? saga) => row.Step is null ? new CancelRun(row.RunId, row.Attempt)
        : saga is not null && saga.Attempt == row.Attempt && saga.CurrentState == nameof(RunStatus.Running)
            ? stages.Open(saga.Results()).FirstOrDefault(step => step.Name == row.Step)?.Command : null;

    /// <returns>False where no queue takes it yet.</returns>
    private async Task<bool> PublishAsync(OutboxRow row, object message, CancellationToken cancellation)
    {
        try
        {
            await Services.GetRequiredService<Publisher>().PublishAsync(message, cancellation, context =>
            {
                if (context.TryGetPayload(out RabbitMqSendContext? broker)) broker.Mandatory = row.Step is not null;
            });
            return true;
        }
        catch (MessageReturnedException)
        {
            progress.Heard(new(row.RunId, row.Step!, 0, 0, "waiting for a worker: none of this stage has been connected to the broker yet"));
            return false;
        }
    }
}
