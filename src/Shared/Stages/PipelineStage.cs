namespace Das.Stages;

/// <summary>A stage of a run, or one of its branches: what a command asks for and an event answers.</summary>
/// <param name="Name">The stage's name, with its branch where it has several: <c>finetune</c>, <c>finetune:a</c>.</param>
/// <param name="Command">What asks for it.</param>
public sealed record StageStep(string Name, StageCommand Command)
{
    private const char Mark = ':';

    public static string NameOf(string stage, string? branch) => branch is null ? stage : $"{stage}{Mark}{branch}";

    /// <summary>The name of a step's stage.</summary>
    public static string StageOf(string step) => step.Split(Mark)[0];
}

/// <summary>A stage as everybody sees it who does not do its work: where it stands in the pipeline and what goes in and comes out.</summary>
/// <param name="Name">Names its queue, its folder in the store and its worker.</param>
/// <param name="Makes">What its result is: dataset, checkpoint.</param>
public abstract record PipelineStage(string Name, string Makes)
{
    /// <summary>
    /// Earlier stages whose answers its commands are made of. It begins when all of these that the run asks for have answered, every branch of them.
    /// </summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Those of <see cref="Needs"/> from whose results its own is made; all of them by default.</summary>
    public IReadOnlyList<string> MadeFrom { get => field ?? Needs; init; }

    /// <summary>Of the stage's code: raised whenever the same inputs give another result.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Whether a run asks for it: always, or where the recipe of a run says so.</summary>
    public Func<RunResults, bool> Asked { get; init; } = _ => true;

    /// <summary>What asks for it, now that what it needs has answered: one command, or one for each branch.</summary>
    public abstract IReadOnlyList<StageStep> Steps(RunResults run);

    /// <summary>What the stage's event says to its run.</summary>
    public abstract StageAnswer Answer(StageEvent done);

    /// <summary>What a run was given instead of computing it; null if it was not.</summary>
    internal abstract StageAnswer? GivenAnswer(Guid run, GivenResults given);

    /// <summary>A recipe that cannot be read asks for no more than always: the first stage says what is wrong with it.</summary>
    internal bool IsAsked(RunResults run)
    {
        try { return Asked(run); }
        catch (Exception unreadable) when (unreadable is JsonException or DasException) { return false; }
    }
}

/// <summary>A stage with its command and its event.</summary>
/// <param name="Name">Names its queue, its folder in the store and its worker.</param>
/// <param name="Makes">What its result is.</param>
/// <param name="Commands">From the answers of the stages that it needs: one command, or several of a branch each, the same ones every time.</param>
/// <param name="Result">The result that an event carries.</param>
public sealed record PipelineStage<TCommand, TEvent>(
    string Name, string Makes, Func<RunResults, IEnumerable<TCommand>> Commands, Func<TEvent, ArtifactRef?> Result) : PipelineStage(Name, Makes)
    where TCommand : StageCommand where TEvent : StageEvent
{
    /// <summary>The event of a run that need not compute the stage.</summary>
    public Func<Guid, GivenResults, TEvent?> Given { get; init; } = (_, _) => null;

    /// <summary>The numbers of an event that lists of runs show.</summary>
    public Func<TEvent, IReadOnlyList<Metric>> Scores { get; init; } = _ => [];

    public override IReadOnlyList<StageStep> Steps(RunResults run) =>
        [.. Commands(run).Select(command => new StageStep(StageStep.NameOf(Name, command.Branch),
            command with { Attempt = run.Attempt, StageVersion = Version, Distrusted = run.Distrusted }))];

    /// <summary>The step that <paramref name="done"/> answers.</summary>
    public string StepOf(TEvent done) => StageStep.NameOf(Name, done.Branch);

    public StageAnswer Answer(TEvent done) => new(Result(done), JsonSerializer.SerializeToElement(done, JsonSerializerOptions.Web));

    public override StageAnswer Answer(StageEvent done) => Answer((TEvent)done);

    internal override StageAnswer? GivenAnswer(Guid run, GivenResults given) => Given(run, given) is { } done ? Answer(done) : null;
}
