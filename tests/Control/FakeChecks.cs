namespace Das.Tests.Control;

/// <summary>A check that finds what a test says; nothing by default.</summary>
internal sealed class FakeChecks : IRunChecks
{
    public IReadOnlyList<Flaw> Flaws { get; set; } = [];

    public Task<IReadOnlyList<Flaw>> FlawsAsync(Recipe recipe, CancellationToken cancellation) => Task.FromResult(Flaws);

    public Task<RunPlan> PlanAsync(Recipe recipe, bool fresh, CancellationToken cancellation) => Task.FromResult(new RunPlan(Flaws,
        [.. PipelineStages.Das.Names.Select(stage => new StagePlan(stage, !fresh && stage == PipelineStages.Ingest,
            new(90, "measured in run 3f2a9c01"), new(1 << 20, "at least: the weights"), Estimate.Unknown("not measured")))],
        ["train: 12 samples"]));
}
