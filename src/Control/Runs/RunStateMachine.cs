using MassTransit;

namespace Das.Control.Runs;

/// <summary>
/// A run's life, top to bottom; which stages there are, and what each needs, the list of stages says. Every event says what a run now has;
/// <see cref="Continue"/> asks for all that it can work on. An event that answers no open step (a duplicate, a straggler) changes nothing.
/// </summary>
public sealed class RunStateMachine : MassTransitStateMachine<RunState>
{
    private readonly PipelineStages _stages;

    public RunStateMachine(PipelineStages stages, ControlOptions options)
    {
        _stages = stages;
        InstanceState(run => run.CurrentState);
        Event(() => StartRun, e => e.CorrelateById(c => c.Message.RunId));
        Event(() => StageFailed, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => ArtifactDamaged, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => CancelRun, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        Event(() => RetryRun, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        OnUnhandledEvent(context => context.Ignore());

        Initially(
            When(StartRun)
                .Then(run => run.Saga.Accept(run.Message, stages, options))
                .Then(run => run.Ledger().Accept(run.Saga))
                .IfElse(run => run.Ledger().CancelRequested(run.Saga),
                    cancelled => cancelled.TransitionTo(Cancelled),
                    accepted => Continue(accepted)));

        // Each stage has an event type of its own, which its record knows.
        foreach (PipelineStage stage in stages.All) Follow((dynamic)stage);

        During(Running,
            Fail(When(StageFailed, run => IsOpen(run.Saga, run.Message.Stage) && IsPresent(run.Saga, run.Message.Attempt)), failed => failed),
            When(ArtifactDamaged, run => IsOpen(run.Saga, run.Message.Stage) && IsPresent(run.Saga, run.Message.Attempt))
                .IfElse(run => run.Ledger().Repair(run.Saga, run.Message), Continue,
                    beyond => Fail(beyond, damaged => new(damaged.RunId, damaged.Stage, $"{damaged.Sentence} It was given to this run, or has been made again "
                        + "too often: look at the disk, and start the run that made it again."))),
            When(CancelRun, run => IsPresent(run.Saga, run.Message.Attempt))
                .Then(run => run.Ledger().Cancel(run.Saga))
                // Once more, now after every command of this run: what a worker takes up from here on ends, too.
                .Then(run => run.Ledger().Stop(run.Saga))
                .TransitionTo(Cancelled));

        During(Failed, Cancelled, Continue(When(RetryRun, run => IsPresent(run.Saga, run.Message.Attempt)).Then(run => run.Saga.Attempt++)));

        WhenEnterAny(any => any.Then(run => run.Ledger().Enter(run.Saga)));
    }

    public State Running { get; private set; } = null!;
    public State Completed { get; private set; } = null!;
    public State Failed { get; private set; } = null!;
    public State Cancelled { get; private set; } = null!;

    public Event<StartRun> StartRun { get; private set; } = null!;
    public Event<StageFailed> StageFailed { get; private set; } = null!;
    public Event<ArtifactDamaged> ArtifactDamaged { get; private set; } = null!;
    public Event<CancelRun> CancelRun { get; private set; } = null!;
    public Event<RetryRun> RetryRun { get; private set; } = null!;

    private void Follow<TCommand, TEvent>(PipelineStage<TCommand, TEvent> stage) where TCommand : StageCommand where TEvent : StageEvent
    {
        Event<TEvent> answered = Event<TEvent>(typeof(TEvent).Name, e => e.CorrelateById(c => c.Message.RunId).OnMissingInstance(m => m.Discard()));
        During(Running,
            When(answered, run => IsOpen(run.Saga, stage.StepOf(run.Message)))
                .IfElse(run => run.Ledger().Trusts(run.Message, stage.Result(run.Message)),
                    trusted => Continue(trusted
                        .Then(run => run.Saga.Accept(stage.StepOf(run.Message), stage.Answer(run.Message)))
                        .Then(run => run.Ledger().Finish(run.Saga, stage.StepOf(run.Message), run.Message, stage.MadeFrom))
                        .Then(run => run.Ledger().Score(run.Saga, stage.Scores(run.Message)))),
                    changed => changed.If(run => !run.Ledger().Distrust(run.Saga, stage.StepOf(run.Message), stage.Result(run.Message)!), still =>
                        Fail(still, done => new(done.RunId, stage.StepOf(done), $"{stage.Result(done)!.Uri} was changed, and a worker goes on answering from "
                            + "it: start server and workers from one build, then retry the run.")))));
    }

    private EventActivityBinder<RunState, T> Fail<T>(EventActivityBinder<RunState, T> binder, Func<T, StageFailed> failed) where T : class => binder
        .Then(run => run.Ledger().Fail(run.Saga, failed(run.Message)))
        // What else the run is at work on ends, too; a retry takes it up where it stopped.
        .If(run => Open(run.Saga).Count > 1, others => others.Then(run => run.Ledger().Stop(run.Saga)))
        .TransitionTo(Failed);

    /// <summary>Asks for all that the run can work on now.</summary>
    private EventActivityBinder<RunState, T> Continue<T>(EventActivityBinder<RunState, T> binder) where T : class => binder
        .Then(run =>
        {
            foreach (StageStep step in Open(run.Saga)) run.Ledger().Begin(run.Saga, step.Name);
        })
        .IfElse(run => Open(run.Saga).Count > 0, working => working.TransitionTo(Running), done => done.TransitionTo(Completed));

    private IReadOnlyList<StageStep> Open(RunState run) => _stages.Open(run.Results());

    /// <summary>A message of an earlier attempt, which a retry has overtaken, changes nothing.</summary>
    private static bool IsPresent(RunState run, int? attempt) => attempt is null || attempt == run.Attempt;

    private bool IsOpen(RunState run, string step) => Open(run).Any(open => open.Name == step);
}
