using Das.Cli.Hosting;
using RunView = Das.Cli.Hosting.RunView;
namespace Das.Tests.Cli;

/// <summary>A pipeline that only remembers what it was asked for; its runs end as the test says.</summary>
internal sealed class FakeHost : PipelineHost
{
    private readonly TaskCompletionSource cancelled = new();

    public List<RunView> Runs { get; } = [];
    public List<(string Recipe, string Name, bool Fresh)> Started { get; } = [];
    public List<Guid> Cancelled { get; } = [];
    public List<Guid> Retried { get; } = [];
    public List<string> Served { get; } = [];

    /// <summary>How a started or retried run ends; Running: only when it is cancelled.</summary>
    public RunStatus EndsAs { get; set; } = RunStatus.Completed;

    /// <summary>What becomes of a run that has ended: other metrics, say.</summary>
    public Func<RunView, RunView> Finish { get; set; } = run => run;

    public IReadOnlyList<ProgressView> Progress { get; set; } = [];

    /// <summary>What the check of every recipe finds.</summary>
    public FakeChecks Checks { get; } = new();

    public override Task<IReadOnlyList<Flaw>> FlawsAsync(Das.Recipes.Recipe recipe, CancellationToken cancellation) => Checks.FlawsAsync(recipe, cancellation);

    public override Task<RunPlan> PlanAsync(Das.Recipes.Recipe recipe, bool fresh, CancellationToken cancellation) =>
        Checks.PlanAsync(recipe, fresh, cancellation);

    public override Task<Guid> StartAsync(string recipeJson, string name, bool fresh)
    {
        Started.Add((recipeJson, name, fresh));
        var run = new RunView(Guid.NewGuid(), name, RunStatus.Running, DateTimeOffset.UnixEpoch) { Recipe = recipeJson };
        Runs.Insert(0, run);
        return Task.FromResult(run.Id);
    }

    public override async Task<RunView> WatchAsync(Guid id, Action<ProgressView> report, CancellationToken cancellationToken)
    {
        foreach (var progress in Progress) report(progress);
        if (EndsAs == RunStatus.Running) await cancelled.Task;
        var run = Runs.Single(run => run.Id == id);
        return Finish(run with
        {
            Status = EndsAs == RunStatus.Running ? RunStatus.Cancelled : EndsAs,
            Ended = run.Started.AddSeconds(75),
            SkipModule = [3, 7],
            Error = EndsAs == RunStatus.Failed ? "The image 7.png is broken [truncated]." : null,
            Metrics =
            [
                new(MetricNames.Accuracy, 0.712, 0.699, 0.725), new(MetricNames.UpdatedParameters, 123_456), new(MetricNames.MacsSkipped, 4.5e9),
                new(MetricNames.MillisecondsSkipped, 1.25),
            ],
        });
    }

    public override Task<string?> LostRegistryAsync() => Task.FromResult<string?>(null);

    public override Task<IReadOnlyList<RunView>> ListAsync() => Task.FromResult<IReadOnlyList<RunView>>(Runs);

    public override Task<RunView?> FindAsync(Guid id) => Task.FromResult(Runs.SingleOrDefault(run => run.Id == id));

    public override Task CancelAsync(Guid id)
    {
        Cancelled.Add(id);
        cancelled.TrySetResult();
        return Task.CompletedTask;
    }

    public override Task RetryAsync(Guid id)
    {
        Retried.Add(id);
        return Task.CompletedTask;
    }

    public override Task<string> PretrainAsync(PretrainRecipe recipe, Action<ProgressView> report, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<string>(cancellationToken) : Task.FromResult("models/x.safetensors");

    public override Task ServeAsync(string urls, CancellationToken cancellationToken)
    {
        Served.Add(urls);
        return Task.CompletedTask;
    }

    public override Task WorkerAsync(string stage, CancellationToken cancellationToken) => ServeAsync(stage, cancellationToken);
}
