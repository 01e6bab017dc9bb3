namespace Das.Tests.Control;

/// <summary>What the stages of a test do: by default each writes one file at once. A stage's branches are told apart, <c>tune:a</c>.</summary>
public sealed class FakeStages
{
    private readonly ConcurrentDictionary<string, int> _worked = new();
    private readonly ConcurrentDictionary<string, Func<StageWorkspace, CancellationToken, Task>> _do = new();

    public int Worked(string step) => _worked.GetValueOrDefault(step);

    public void On(string step, Func<StageWorkspace, CancellationToken, Task> work) => _do[step] = work;

    /// <summary>Works on <paramref name="step"/> until it is cancelled.</summary>
    public void Hang(string step) => On(step, (_, cancellation) => Task.Delay(Timeout.Infinite, cancellation));

    public void Behave(string step) => _do.TryRemove(step, out _);

    internal async Task<StageOutcome> WorkAsync(string step, StageWorkspace workspace, CancellationToken cancellation)
    {
        _worked.AddOrUpdate(step, 1, (_, times) => times + 1);
        if (_do.TryGetValue(step, out var work)) await work(workspace, cancellation);
        await File.WriteAllTextAsync(workspace.File("made.txt"), step, cancellation);
        LeftOutRows left = [];
        if (step == PipelineStages.Ingest) left.Add("train", "captions without words", 3);
        string[] more = [.. new[] { ResultFiles.Search, ResultFiles.Losses, ResultFiles.Report }.Where(name => File.Exists(workspace.File(name)))];
        return new(["made.txt", .. more], new() { ["skipModule"] = new JsonArray(3, 7) }) { LeftOut = left };
    }

    internal static object Answer(StageCommand command, StageFinished done) => command switch
    {
        IngestDataset => new DatasetIngested(command.RunId, done.Artifact),
        SearchArchitecture => new ArchitectureFound(command.RunId, done.Artifact, done.Result.Fact<int[]>("skipModule")),
        FinetuneModel => new ModelFinetuned(command.RunId, done.Artifact),
        EvaluateModel => new ModelEvaluated(command.RunId, done.Artifact, [new(MetricNames.Accuracy, 0.75)]),
        _ => CandidateStages.Answer(command, done.Artifact),
    };
}

/// <summary>A stage of any pipeline that does what <see cref="FakeStages"/> says; every artifact of its command is an input.</summary>
public sealed class FakeStage<TCommand, TEvent>(FakeStages stages, PipelineStages pipeline)
    : Stage<TCommand, TEvent>(pipeline)
    where TCommand : StageCommand where TEvent : StageEvent
{
    public override StageJob Read(TCommand command)
    {
        IEnumerable<ArtifactRef> inputs = typeof(TCommand).GetProperties().Select(property => property.GetValue(command)).SelectMany(value =>
            value is ArtifactRef one ? [one] : value as ArtifactRef[] ?? []);
        return new(JsonNode.Parse(command.Recipe)!, [.. inputs], command.Branch is { } branch ? [branch] : [],
            (workspace, cancellation) => stages.WorkAsync(StageStep.NameOf(Name, command.Branch), workspace, cancellation));
    }

    public override TEvent Answer(TCommand command, StageFinished done) => (TEvent)FakeStages.Answer(command, done);
}
