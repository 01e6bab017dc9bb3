using Das.Control.Curves;
using MassTransit;

namespace Das.Control.Runs;

/// <summary>Writes down what the saga decides, in the saga's own transaction.</summary>
public sealed class RunLedger(RegistryContext registry)
{
    private static readonly string[] Order = [RunState.Ingest, RunState.Search, RunState.Finetune, RunState.Evaluate];

    /// <summary>The run's row (a client that speaks only messages has none yet) and the stages that were given.</summary>
    public void Accept(RunState run)
    {
        RunRow? row = registry.Runs.Find(run.CorrelationId);
        if (row is null)
        {
            RecipeFacts facts = RecipeFacts.Of(run.Recipe);
            registry.Runs.Add(row = new()
            {
                Id = run.CorrelationId, Name = RunIds.Short(run.CorrelationId), Recipe = run.Recipe, Fresh = run.Fresh, Created = DateTime.UtcNow,
                RecipeName = facts.Name, Backbone = facts.Backbone, Benchmark = facts.Benchmark,
            });
        }
        if (row.RetryRequested) (row.CancelRequested, row.RetryRequested) = (false, false);
        foreach (string stage in Order.TakeWhile(stage => stage != run.Next))
            Stage(run, stage).State = StageRow.Given;
    }

    public bool CancelRequested(RunState run) => registry.Runs.Find(run.CorrelationId)!.CancelRequested;

    /// <summary>The state a run has come to; a stage begins with its state.</summary>
    public void Enter(RunState run)
    {
        RunRow row = registry.Runs.Find(run.CorrelationId)!;
        bool ended = RunRow.Ended.Contains(run.CurrentState), retried = RunRow.Ended.Contains(row.State);
        (row.State, row.Updated, row.Finished) = (run.CurrentState, DateTime.UtcNow, ended ? DateTime.UtcNow : null);
        Log(run, ended ? "" : run.Next!, ended ? $"{row.State}{(row.Error is { } error ? $": {error}" : "")}" : row.State);
        if (ended) return;
        (row.Error, row.CancelRequested, row.RetryRequested) = (null, row.CancelRequested && !retried, false);
        StageRow stage = Stage(run, run.Next!);
        (stage.State, stage.Error, stage.Started, stage.Finished) = (StageRow.Running, null, DateTime.UtcNow, null);
    }

    public void Finish(RunState run, string stage, ArtifactRef artifact, params ArtifactRef?[] inputs)
    {
        ArtifactRow? known = registry.Artifacts.Find(artifact.Uri);
        StageRow row = Stage(run, stage);
        (row.State, row.Finished, row.Key, row.Reused) = (StageRow.Done, DateTime.UtcNow, artifact.Uri.Split('/').ElementAtOrDefault(1), known is not null);
        Log(run, stage, $"finished{(row.Reused ? ", by an earlier run" : "")}: {artifact.Uri}");
        if (known is null) registry.Artifacts.Add(known = new() { Uri = artifact.Uri, Stage = stage });
        (known.Sha256, known.Bytes) = (artifact.Sha256, artifact.Bytes);
        foreach (ArtifactRef input in inputs.OfType<ArtifactRef>())
            if (registry.Lineage.Find(artifact.Uri, input.Uri) is null) registry.Lineage.Add(new() { Artifact = artifact.Uri, Input = input.Uri });
    }

    public void Score(RunState run, IReadOnlyDictionary<string, double> metrics)
    {
        foreach ((string name, double value) in metrics)
        {
            MetricRow? row = registry.Metrics.Find(run.CorrelationId, name);
            if (row is null) registry.Metrics.Add(row = new() { RunId = run.CorrelationId, Name = name });
            row.Value = value;
        }
    }

    public void Fail(RunState run, string error)
    {
        registry.Runs.Find(run.CorrelationId)!.Error = error;
        End(run, StageRow.FailedState, error);
    }

    public void Cancel(RunState run) => End(run, StageRow.CancelledState, null);

    private void End(RunState run, string state, string? error)
    {
        if (run.Next is not { } next) return;
        StageRow stage = Stage(run, next);
        (stage.State, stage.Error, stage.Finished) = (state, error, DateTime.UtcNow);
    }

    private void Log(RunState run, string stage, string text) =>
        registry.Log.Add(new() { RunId = run.CorrelationId, At = DateTime.UtcNow, Stage = stage, Text = text });

    private StageRow Stage(RunState run, string stage) =>
        registry.Stages.Find(run.CorrelationId, stage) ?? registry.Stages.Add(new() { RunId = run.CorrelationId, Stage = stage }).Entity;
}

internal static class RunLedgerPayload
{
    /// <summary>The ledger of the transaction in which the saga handles its message.</summary>
    public static RunLedger Ledger(this BehaviorContext<RunState> context) => context.GetPayload<RunLedger>();
}
