namespace Das.Stages;

/// <summary>The work of a stage whose command and event are not known by their types.</summary>
/// <param name="place">The stage as the pipeline knows it.</param>
public abstract class Stage(PipelineStage place)
{
    public string Name => place.Name;

    public int Version => place.Version;

    /// <summary>Reads a command, its recipe included; what it throws fails the stage.</summary>
    public abstract StageJob Read(StageCommand command);

    /// <summary>The event of a finished stage.</summary>
    public abstract StageEvent Answer(StageCommand command, StageFinished done);
}

/// <summary>The work of a stage: one class, which knows its command and its event, no bus and no other stage.</summary>
/// <typeparam name="TCommand">Asks for it.</typeparam>
/// <typeparam name="TEvent">Says that it is done.</typeparam>
/// <param name="pipeline">Has one stage of this command and event.</param>
public abstract class Stage<TCommand, TEvent>(PipelineStages pipeline) : Stage(pipeline.All.OfType<PipelineStage<TCommand, TEvent>>().Single())
    where TCommand : StageCommand where TEvent : StageEvent
{
    /// <inheritdoc cref="Stage.Read"/>
    public abstract StageJob Read(TCommand command);

    /// <inheritdoc cref="Stage.Answer"/>
    public abstract TEvent Answer(TCommand command, StageFinished done);

    /// <summary>Brings to this machine what the recipe names elsewhere and <see cref="Read(TCommand)"/> looks for here.</summary>
    /// <param name="command">Asks for the stage.</param>
    /// <param name="report">Called with bytes done, bytes in all, and what is brought.</param>
    /// <param name="cancellation">Ends it.</param>
    public virtual Task FetchAsync(TCommand command, Action<long, long, string> report, CancellationToken cancellation) => Task.CompletedTask;

    public sealed override StageJob Read(StageCommand command) => Read((TCommand)command);

    public sealed override StageEvent Answer(StageCommand command, StageFinished done) => Answer((TCommand)command, done);
}

/// <summary>What a command asks for.</summary>
/// <param name="RecipePart">What the stage reads of the recipe, and nothing it does not read: a part of its key.</param>
/// <param name="Inputs">The results of other stages that it reads, in the order in which it uses them; they are verified before it does.</param>
/// <param name="OtherInputs">What else its result depends on: digests of other files that it reads.</param>
/// <param name="RunAsync">Makes the result in the workspace's folder, resuming what it finds there.</param>
public sealed record StageJob(JsonNode RecipePart, IReadOnlyList<ArtifactRef> Inputs, IReadOnlyList<string> OtherInputs,
    Func<StageWorkspace, CancellationToken, Task<StageOutcome>> RunAsync)
{
    /// <summary>The work as its runner is asked for it.</summary>
    /// <param name="stage">Whose work it is.</param>
    /// <param name="command">Asks for it.</param>
    public StageRequest Request(Stage stage, StageCommand command) => new(command.RunId, stage.Name, stage.Version, RecipePart,
        [.. Inputs.Select(input => input.Sha256), .. OtherInputs], command.Fresh, StageStep.NameOf(stage.Name, command.Branch))
    {
        Recipe = command.Recipe, Inputs = Inputs, Distrusted = command.Distrusted, Attempt = command.Attempt,
    };
}
