using System.Data;
using MassTransit;
using MassTransit.Context;
using MassTransit.Saga;
using Microsoft.EntityFrameworkCore.Storage;

namespace Das.Control.Runs;

/// <summary>
/// Keeps sagas in the registry. Each message is handled in one serializable transaction (<c>BEGIN IMMEDIATE</c>: one
/// writer at a time, across processes), which holds the saga, the ledger's rows and the outbox's.
/// </summary>
public sealed partial class SqliteSagaRepository(IDbContextFactory<RegistryContext> registry, ISagaConsumeContextFactory<RegistryContext, RunState> contexts,
    Outbox outbox, ILogger<SqliteSagaRepository> log) : ISagaRepositoryContextFactory<RunState>
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<RunState, T>> next) where T : class
    {
        try { await WriteAsync(context, next); }
        catch (Exception fault) when (RegistryFault.Of(fault) is { } registry)
        {
            LogRegistry(typeof(T).Name, registry.Message);
            throw;
        }
        outbox.Wake();
    }

    private async Task WriteAsync<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<RunState, T>> next) where T : class
    {
        await using RegistryContext rows = await registry.CreateDbContextAsync(context.CancellationToken);
        await using IDbContextTransaction transaction = await rows.Database.BeginTransactionAsync(IsolationLevel.Serializable, context.CancellationToken);
        await next.Send(new Context<T>(rows, context, contexts));
        await rows.SaveChangesAsync(context.CancellationToken);
        await transaction.CommitAsync(context.CancellationToken);
    }

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<RunState> query, IPipe<SagaRepositoryQueryContext<RunState, T>> next) where T : class =>
        throw new NotSupportedException("Runs are found by their id only.");

    public void Probe(ProbeContext context) => context.Add("persistence", "sqlite");

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Message} could not be written down and is tried again: {Sentence}")]
    private partial void LogRegistry(string message, string sentence);

    private sealed class Context<T>(RegistryContext rows, ConsumeContext<T> context, ISagaConsumeContextFactory<RegistryContext, RunState> contexts)
        : ConsumeContextScope<T>(context, rows, new RunLedger(rows)), SagaRepositoryContext<RunState, T> where T : class
    {
        public Task<SagaConsumeContext<RunState, T>> Add(RunState instance) => Wrap(this, instance, SagaConsumeContextMode.Add);

        public Task<SagaConsumeContext<RunState, T>> Insert(RunState instance)
        {
            rows.Sagas.Add(instance);
            return Wrap(this, instance, SagaConsumeContextMode.Insert);
        }

        public async Task<SagaConsumeContext<RunState, T>> Load(Guid correlationId) =>
            await rows.Sagas.FindAsync([correlationId], CancellationToken) is { } saga ? await Wrap(this, saga, SagaConsumeContextMode.Load) : null!;

        public Task Save(SagaConsumeContext<RunState> context)
        {
            rows.Sagas.Add(context.Saga);
            return Task.CompletedTask;
        }

        public Task Update(SagaConsumeContext<RunState> context) => Task.CompletedTask;

        public Task Delete(SagaConsumeContext<RunState> context)
        {
            rows.Sagas.Remove(context.Saga);
            return Task.CompletedTask;
        }

        public Task Discard(SagaConsumeContext<RunState> context) => Task.CompletedTask;

        public Task Undo(SagaConsumeContext<RunState> context) => Task.CompletedTask;

        public Task<SagaConsumeContext<RunState, TMessage>> CreateSagaConsumeContext<TMessage>(ConsumeContext<TMessage> consumeContext, RunState instance,
            SagaConsumeContextMode mode)
            where TMessage : class => Wrap(consumeContext, instance, mode);

        private Task<SagaConsumeContext<RunState, TMessage>> Wrap<TMessage>(ConsumeContext<TMessage> inner, RunState saga, SagaConsumeContextMode mode)
            where TMessage : class => contexts.CreateSagaConsumeContext(rows, inner, saga, mode);
    }
}
