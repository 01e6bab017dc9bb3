using MassTransit;

namespace Das.Control.Runs;

/// <summary>
/// A run's life, top to bottom; which stages there are, and what each needs, the list of stages says. Every event says what a run now has;
/// <see cref="Continue"/> asks for all that it can work on. An event that answers no open step (a duplicate, a straggler) changes nothing.
/// </summary>
public sealed class RunStateMachine : MassTransitStateMachine<RunState>
{
    private readonly PipelineStages _stages;

    public RunStateMachine(PipelineStages stages)
    {
        _stages = stages;
        InstanceState(run => run.CurrentState);
        Event(() => StartRun, e => e.CorrelateById(c => c.Message.RunId));
        Event(() => StageFailed, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => CancelRun, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => RetryRun, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        OnUnhandledEvent(context => context.Ignore());

        Initially(
            When(StartRun)
                .Then(run => run.Saga.Accept(run.Message, stages))
                .Then(run => run.Ledger().Accept(run.Saga))
                .IfElse(run => run.Ledger().CancelRequested(run.Saga),
                    cancelled => cancelled.TransitionTo(Cancelled),
                    accepted => Continue(accepted)));

        // Each stage has an event type of its own, which its record knows.
        foreach (PipelineStage stage in stages.All) Follow((dynamic)stage);

        During(Running,
            When(StageFailed, run => IsOpen(run.Saga, run.Message.Stage))
                .Then(run => run.Ledger().Fail(run.Saga, run.Message))
                // What else the run is at work on ends, too; a retry takes it up where it stopped.
                .If(run => Open(run.Saga).Count > 1, others => others.Publish(run => new CancelRun(run.Saga.CorrelationId)))
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

    public State Running { get; private set; } = null!;
    public State Completed { get; private set; } = null!;
    public State Failed { get; private set; } = null!;
    public State Cancelled { get; private set; } = null!;

    public Event<StartRun> StartRun { get; private set; } = null!;
    public Event<StageFailed> StageFailed { get; private set; } = null!;
    public Event<CancelRun> CancelRun { get; private set; } = null!;
    public Event<RetryRun> RetryRun { get; private set; } = null!;

    private void Follow<TCommand, TEvent>(PipelineStage<TCommand, TEvent> stage) where TCommand : class, IStageCommand where TEvent : class, IStageEvent
    {
        Event<TEvent> answered = Event<TEvent>(typeof(TEvent).Name, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        During(Running, Continue(
            When(answered, run => IsOpen(run.Saga, stage.StepOf(run.Message)))
                .Then(run => run.Saga.Accept(stage.StepOf(run.Message), stage.Answer(run.Message)))
                .Then(run => run.Ledger().Finish(run.Saga, stage.StepOf(run.Message), stage.MadeFrom))
                .Then(run => run.Ledger().Score(run.Saga, stage.Scores(run.Message)))));
    }

    private EventActivityBinder<RunState, T> Continue<T>(EventActivityBinder<RunState, T> binder) where T : class => binder
        .ThenAsync(async run =>
        {
            foreach (StageStep step in Open(run.Saga))
                if (run.Ledger().Begin(run.Saga, step.Name)) await run.Publish(step.Command, step.Command.GetType());
        })
        .IfElse(run => Open(run.Saga).Count > 0, working => working.TransitionTo(Running), done => done.TransitionTo(Completed));

    private IReadOnlyList<StageStep> Open(RunState run) => _stages.Open(run.Results());

    private bool IsOpen(RunState run, string step) => Open(run).Any(open => open.Name == step);
}
