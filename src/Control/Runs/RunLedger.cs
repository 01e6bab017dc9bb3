using Das.Control.Curves;
using MassTransit;

namespace Das.Control.Runs;

/// <summary>Writes down what the saga decides, in the saga's own transaction, and what is to be published for it after the commit.</summary>
public sealed class RunLedger(RegistryContext registry)
{
    private const int MostRepairs = 3;

    /// <summary>The run's row (a client that speaks only messages has none yet) and the stages that were given.</summary>
    /// <exception cref="DasException">The recipe is too long to be one.</exception>
    public void Accept(RunState run)
    {
        RunTexts.Check("A recipe", run.Recipe, RunTexts.LongestRecipe);
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
        row.Recipe = run.Recipe;
        if (row.RetryRequested) (row.CancelRequested, row.RetryRequested) = (false, false);
        foreach (string stage in run.Answers.Keys) Stage(run, stage).State = StageStatus.Given;
    }

    public bool CancelRequested(RunState run) => Run(run).CancelRequested;

    /// <summary>The state a run has come to.</summary>
    public void Enter(RunState run)
    {
        RunRow row = Run(run);
        RunStatus state = Enum.Parse<RunStatus>(run.CurrentState);
        bool ended = RunRow.Ended.Contains(state), retried = RunRow.Ended.Contains(row.State);
        (row.State, row.Updated, row.Finished) = (state, DateTime.UtcNow, ended ? DateTime.UtcNow : null);
        if (ended) Log(run, "", $"{state}{(row.Error is { } error ? $": {error}" : "")}");
        else (row.Error, row.RetryHelps, row.CancelRequested, row.RetryRequested) = (null, true, row.CancelRequested && !retried, false);
    }

    /// <summary>A step is asked for, where it is not yet.</summary>
    public void Begin(RunState run, string step)
    {
        StageRow stage = Stage(run, step);
        if (stage is { State: StageStatus.Running, Started: not null }) return;
        (stage.State, stage.Error, stage.Started, stage.Finished) = (StageStatus.Running, null, DateTime.UtcNow, null);
        Log(run, step, "started");
        Run(run).Updated = DateTime.UtcNow;
        Publish(run, step);
    }

    /// <summary>Whatever is at work for the run is told to end.</summary>
    public void Stop(RunState run) => Publish(run, null);

    /// <summary>Whether an answer can be taken: a result that had been finished before must be the one that the registry knows by its name, if any.</summary>
    public bool Trusts(StageEvent done, ArtifactRef? result) =>
        !done.Reused || result is null || registry.Artifacts.Find(result.Uri) is not { } known || known.Sha256 == result.Sha256;

    /// <summary>A result that cannot be trusted is made again.</summary>
    /// <returns>False where that was done already and it is still there.</returns>
    public bool Distrust(RunState run, string step, ArtifactRef result)
    {
        if (run.Distrusted.Contains(result.Sha256)) return false;
        run.Distrusted = [.. run.Distrusted, result.Sha256];
        Log(run, step, $"made again: {Untrusted(result)}");
        Publish(run, step);
        return true;
    }

    /// <summary>Why a result cannot be trusted.</summary>
    public string Untrusted(ArtifactRef result) => $"{result.Uri} was changed: its SHA-256 is {result.Sha256}, and the registry knows it as "
        + $"{registry.Artifacts.Find(result.Uri)!.Sha256}.";

    /// <summary>A result that a step cannot begin with is made again, and the step waits for it.</summary>
    /// <returns>False where the run did not make it, or has done so too often.</returns>
    public bool Repair(RunState run, ArtifactDamaged damaged)
    {
        string? maker = run.Answers.FirstOrDefault(answer => answer.Value.Result?.Uri == damaged.Artifact.Uri).Key;
        if (maker is null || Stage(run, maker) is not { State: StageStatus.Finished } made || run.Repairs >= MostRepairs) return false;
        run.Repairs++;
        run.Withdraw(maker);
        made.State = StageStatus.Cancelled;
        registry.Stages.Remove(Stage(run, damaged.Stage));
        Log(run, maker, $"made again: {damaged.Sentence}");
        return true;
    }

    /// <summary>A step has answered.</summary>
    /// <param name="run">The run, with the answer.</param>
    /// <param name="step">The step.</param>
    /// <param name="done">What it answered.</param>
    /// <param name="madeFrom">The stages from whose results its own is made.</param>
    public void Finish(RunState run, string step, StageEvent done, IReadOnlyList<string> madeFrom)
    {
        ArtifactRef? artifact = run.Answers[step].Result;
        StageRow row = Stage(run, step);
        (row.State, row.Finished, row.Key, row.Reused, row.Deliveries) = (StageStatus.Finished, DateTime.UtcNow,
            artifact?.Uri.Split('/').ElementAtOrDefault(1), done.Reused && done.MadeFor != run.CorrelationId, done.Deliveries);
        Run(run).Updated = DateTime.UtcNow;
        Log(run, step, $"finished{(row.Reused ? ", by an earlier run" : "")}: {artifact?.Uri}");
        if (artifact is null) return;
        ArtifactRow? known = registry.Artifacts.Find(artifact.Uri);
        if (known is null) registry.Artifacts.Add(known = new() { Uri = artifact.Uri, Stage = StageStep.StageOf(step) });
        (known.Sha256, known.Bytes) = (artifact.Sha256, artifact.Bytes);
        foreach ((string from, StageAnswer answer) in run.Answers)
            if (madeFrom.Contains(StageStep.StageOf(from)) && answer.Result is { } input && registry.Lineage.Find(artifact.Uri, input.Uri) is null)
                registry.Lineage.Add(new() { Artifact = artifact.Uri, Input = input.Uri });
    }

    public void Score(RunState run, IReadOnlyList<Metric> metrics)
    {
        Metric[] kept = [.. metrics.Where(metric => metric.Name.Length <= RunTexts.LongestMetric && double.IsFinite(metric.Mean)).Take(RunTexts.MostMetrics)];
        if (kept.Length < metrics.Count)
            Log(run, "", $"{metrics.Count - kept.Length} numbers are left out: a run has at most {RunTexts.MostMetrics}, named by at most "
                + $"{RunTexts.LongestMetric} characters each.");
        foreach (MetricRow row in kept.Select(metric => MetricRow.Of(run.CorrelationId, metric)))
            if (registry.Metrics.Find(row.RunId, row.Name) is { } known) registry.Entry(known).CurrentValues.SetValues(row);
            else registry.Metrics.Add(row);
    }

    /// <summary>A step has failed, and with it the run.</summary>
    public void Fail(RunState run, StageFailed failed)
    {
        RunRow row = Run(run);
        string error = RunTexts.Cut(failed.Error, RunTexts.LongestSentence);
        (row.Error, row.RetryHelps) = (error, failed.RetryHelps);
        End(Stage(run, failed.Stage), StageStatus.Failed, error);
        Cancel(run);
    }

    /// <summary>What the run is at work on ends.</summary>
    public void Cancel(RunState run)
    {
        registry.Stages.Where(stage => stage.RunId == run.CorrelationId).Load();
        foreach (StageRow stage in registry.Stages.Local.Where(stage => stage.RunId == run.CorrelationId && stage.State == StageStatus.Running))
            End(stage, StageStatus.Cancelled, null);
    }

    private void Publish(RunState run, string? step) =>
        registry.Outbox.Add(new() { RunId = run.CorrelationId, Step = step, Attempt = run.Attempt });

    private static void End(StageRow stage, StageStatus state, string? error) => (stage.State, stage.Error, stage.Finished) = (state, error, DateTime.UtcNow);

    private void Log(RunState run, string stage, string text) =>
        registry.Log.Add(new() { RunId = run.CorrelationId, At = DateTime.UtcNow, Stage = stage,
            Text = RunTexts.Cut(text, RunTexts.LongestSentence) });

    private RunRow Run(RunState run) => registry.Runs.Find(run.CorrelationId)!;

    private StageRow Stage(RunState run, string stage) =>
        registry.Stages.Find(run.CorrelationId, stage) ?? registry.Stages.Add(new() { RunId = run.CorrelationId, Stage = stage }).Entity;
}

internal static class RunLedgerPayload
{
    /// <summary>The ledger of the transaction in which the saga handles its message.</summary>
    public static RunLedger Ledger(this BehaviorContext<RunState> context) => context.GetPayload<RunLedger>();
}
