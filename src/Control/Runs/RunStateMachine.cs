using MassTransit;

namespace Das.Control.Runs;

/// <summary>
/// The pipeline, top to bottom. Every event says what a run now has; <see cref="Continue"/> asks for the first thing that
/// it still lacks. An event that its state does not expect (a duplicate, a straggler of an earlier stage) changes nothing.
/// </summary>
public sealed class RunStateMachine : MassTransitStateMachine<RunState>
{
    public RunStateMachine()
    {
        InstanceState(run => run.CurrentState);
        Event(() => StartRun, e => e.CorrelateById(c => c.Message.RunId));
        Event(() => DatasetIngested, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => ArchitectureFound, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => ModelFinetuned, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => ModelEvaluated, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => StageFailed, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => CancelRun, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => RetryRun, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        OnUnhandledEvent(context => context.Ignore());

        Initially(
            When(StartRun)
                .Then(run => run.Saga.Accept(run.Message))
                .Then(run => run.Ledger().Accept(run.Saga))
                .IfElse(run => run.Ledger().CancelRequested(run.Saga),
                    cancelled => cancelled.TransitionTo(Cancelled),
                    accepted => Continue(accepted)));

        During(Ingesting, Continue(
            When(DatasetIngested)
                .Then(run => run.Saga.Dataset = run.Message.Dataset)
                .Then(run => run.Ledger().Finish(run.Saga, RunState.Ingest, run.Message.Dataset))));

        During(Searching, Continue(
            When(ArchitectureFound)
                .Then(run => (run.Saga.SearchResult, run.Saga.SkipModule) = (run.Message.Search, run.Message.SkipModule))
                .Then(run => run.Ledger().Finish(run.Saga, RunState.Search, run.Message.Search, run.Saga.Dataset))));

        During(Finetuning, Continue(
            When(ModelFinetuned)
                .Then(run => run.Saga.Checkpoint = run.Message.Checkpoint)
                .Then(run => run.Ledger().Finish(run.Saga, RunState.Finetune, run.Message.Checkpoint, run.Saga.Dataset, run.Saga.SearchResult))));

        During(Evaluating, Continue(
            When(ModelEvaluated)
                .Then(run => run.Saga.Report = run.Message.Report)
                .Then(run => run.Ledger().Finish(run.Saga, RunState.Evaluate, run.Message.Report, run.Saga.Dataset, run.Saga.Checkpoint))
                .Then(run => run.Ledger().Score(run.Saga, run.Message.Metrics))));

        State[] working = [Ingesting, Searching, Finetuning, Evaluating];
        foreach (State state in working)
            During(state,
                When(StageFailed, run => run.Message.Stage == run.Saga.Next)
                    .Then(run => run.Ledger().Fail(run.Saga, run.Message.Error))
                    .TransitionTo(Failed),
                When(CancelRun)
                    .Then(run => run.Ledger().Cancel(run.Saga))
                    // Once more, now after every command of this run: what a worker takes up from here on ends, too.
                    .Publish(run => run.Message)
                    .TransitionTo(Cancelled));

        During(Failed, Continue(When(RetryRun)));
        During(Cancelled, Continue(When(RetryRun)));

        WhenEnterAny(any => any.Then(run => run.Ledger().Enter(run.Saga)));
    }

    public State Ingesting { get; private set; } = null!;
    public State Searching { get; private set; } = null!;
    public State Finetuning { get; private set; } = null!;
    public State Evaluating { get; private set; } = null!;
    public State Completed { get; private set; } = null!;
    public State Failed { get; private set; } = null!;
    public State Cancelled { get; private set; } = null!;

    public Event<StartRun> StartRun { get; private set; } = null!;
    public Event<DatasetIngested> DatasetIngested { get; private set; } = null!;
    public Event<ArchitectureFound> ArchitectureFound { get; private set; } = null!;
    public Event<ModelFinetuned> ModelFinetuned { get; private set; } = null!;
    public Event<ModelEvaluated> ModelEvaluated { get; private set; } = null!;
    public Event<StageFailed> StageFailed { get; private set; } = null!;
    public Event<CancelRun> CancelRun { get; private set; } = null!;
    public Event<RetryRun> RetryRun { get; private set; } = null!;

    private EventActivityBinder<RunState, T> Continue<T>(EventActivityBinder<RunState, T> binder) where T : class => binder
        .If(run => run.Saga.Next == RunState.Ingest, next => next.Publish(run => run.Saga.IngestDataset()).TransitionTo(Ingesting))
        .If(run => run.Saga.Next == RunState.Search, next => next.Publish(run => run.Saga.SearchArchitecture()).TransitionTo(Searching))
        .If(run => run.Saga.Next == RunState.Finetune, next => next.Publish(run => run.Saga.FinetuneModel()).TransitionTo(Finetuning))
        .If(run => run.Saga.Next == RunState.Evaluate, next => next.Publish(run => run.Saga.EvaluateModel()).TransitionTo(Evaluating))
        .If(run => run.Saga.Next is null, done => done.TransitionTo(Completed));
}
