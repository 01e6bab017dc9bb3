namespace Das.Stages;

/// <summary>What a stage, or one branch of it, has answered a run.</summary>
/// <param name="Result">Its <c>result.json</c>; null where only what follows from it was given.</param>
/// <param name="Event">The event as JSON.</param>
public sealed record StageAnswer(ArtifactRef? Result, JsonElement Event);

/// <summary>What a run has so far: all that the commands of its next stages are made of.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Recipe">The whole recipe as canonical JSON.</param>
/// <param name="Fresh">Compute every stage anew.</param>
/// <param name="Answers">Step (<see cref="StageStep"/>) → its answer.</param>
public sealed record RunResults(Guid RunId, string Recipe, bool Fresh, IReadOnlyDictionary<string, StageAnswer> Answers)
{
    /// <inheritdoc cref="StageCommand.Attempt"/>
    public int Attempt { get; init; } = 1;

    /// <inheritdoc cref="StageCommand.Distrusted"/>
    public IReadOnlyList<string> Distrusted { get; init; } = [];

    /// <summary>The answer of a stage without branches; null while it has not answered.</summary>
    public TEvent? Find<TEvent>(string stage) where TEvent : StageEvent =>
        Answers.GetValueOrDefault(stage)?.Event.Deserialize<TEvent>(JsonSerializerOptions.Web);

    /// <summary>The answer of a stage without branches that has answered.</summary>
    /// <exception cref="KeyNotFoundException">It has not: the stage that asks does not say that it needs it.</exception>
    public TEvent Of<TEvent>(string stage) where TEvent : StageEvent =>
        Find<TEvent>(stage) ?? throw new KeyNotFoundException($"Stage '{stage}' has not answered run {RunId:N}.");

    /// <summary>The answers of a stage's branches, in ordinal order of their names.</summary>
    public IReadOnlyList<TEvent> All<TEvent>(string stage) where TEvent : StageEvent =>
        [.. Answers.Where(answer => StageStep.StageOf(answer.Key) == stage).OrderBy(answer => answer.Key, StringComparer.Ordinal)
            .Select(answer => answer.Value.Event.Deserialize<TEvent>(JsonSerializerOptions.Web)!)];
}
