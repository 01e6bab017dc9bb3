namespace Das.Tests.Control;

public sealed record PrepareData(Guid RunId, string Recipe, bool Fresh) : StageCommand(RunId, Recipe, Fresh);
public sealed record DataPrepared(Guid RunId, ArtifactRef Data, string[] Candidates) : StageEvent(RunId);
public sealed record TuneCandidate(Guid RunId, string Recipe, bool Fresh, ArtifactRef Data) : StageCommand(RunId, Recipe, Fresh);
public sealed record CandidateTuned(Guid RunId, ArtifactRef Model) : StageEvent(RunId);
public sealed record PickCandidate(Guid RunId, string Recipe, bool Fresh, ArtifactRef[] Models) : StageCommand(RunId, Recipe, Fresh);
public sealed record CandidatePicked(Guid RunId, ArtifactRef Choice) : StageEvent(RunId);
public sealed record AuditChoice(Guid RunId, string Recipe, bool Fresh, ArtifactRef Choice) : StageCommand(RunId, Recipe, Fresh);
public sealed record ChoiceAudited(Guid RunId, ArtifactRef Audit) : StageEvent(RunId);
public sealed record ShipChoice(Guid RunId, string Recipe, bool Fresh, ArtifactRef Choice, ArtifactRef? Audit) : StageCommand(RunId, Recipe, Fresh);
public sealed record ChoiceShipped(Guid RunId, ArtifactRef Shipped) : StageEvent(RunId);

/// <summary>A pipeline whose second stage has three branches, whose third joins them and whose fourth runs only where the recipe asks for it.</summary>
internal static class CandidateStages
{
    public const string Prepare = "prepare", Tune = "tune", Pick = "pick", Audit = "audit", Ship = "ship";

    public static readonly PipelineStages All = new(
        new PipelineStage<PrepareData, DataPrepared>(Prepare, "data", run => [new(run.RunId, run.Recipe, run.Fresh)], done => done.Data),
        new PipelineStage<TuneCandidate, CandidateTuned>(Tune, "model",
            run => run.Of<DataPrepared>(Prepare) is var data
                ? data.Candidates.Select(candidate => new TuneCandidate(run.RunId, run.Recipe, run.Fresh, data.Data) { Branch = candidate }) : [],
            done => done.Model) { Needs = [Prepare] },
        new PipelineStage<PickCandidate, CandidatePicked>(Pick, "choice",
            run => [new(run.RunId, run.Recipe, run.Fresh, [.. run.All<CandidateTuned>(Tune).Select(tuned => tuned.Model)])],
            done => done.Choice) { Needs = [Tune] },
        new PipelineStage<AuditChoice, ChoiceAudited>(Audit, "audit",
            run => [new(run.RunId, run.Recipe, run.Fresh, run.Of<CandidatePicked>(Pick).Choice)], done => done.Audit)
        {
            Needs = [Pick], Asked = run => JsonNode.Parse(run.Recipe)?["audit"] is not null,
        },
        new PipelineStage<ShipChoice, ChoiceShipped>(Ship, "shipment",
            run => [new(run.RunId, run.Recipe, run.Fresh, run.Of<CandidatePicked>(Pick).Choice, run.Find<ChoiceAudited>(Audit)?.Audit)],
            done => done.Shipped) { Needs = [Pick, Audit] });

    public static object Answer(StageCommand command, ArtifactRef made) => command switch
    {
        PrepareData => new DataPrepared(command.RunId, made, ["a", "b", "c"]),
        TuneCandidate tune => new CandidateTuned(command.RunId, made) { Branch = tune.Branch },
        PickCandidate => new CandidatePicked(command.RunId, made),
        AuditChoice => new ChoiceAudited(command.RunId, made),
        ShipChoice => new ChoiceShipped(command.RunId, made),
        _ => throw new ArgumentException($"No stage answers {command}."),
    };
}
