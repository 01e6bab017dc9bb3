using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Das.Bus;

/// <summary>
/// Everything between a stage's command and its event, so that a consumer only names its stage, its work and its event:
/// <code>
/// public sealed class SearchConsumer(StageExecution stage, SearchStage search) : IConsumer&lt;SearchArchitecture>
/// {
///     public Task Consume(ConsumeContext&lt;SearchArchitecture> context)
///     {
///         SearchArchitecture command = context.Message;
///         return stage.RunAsync(context, command.RunId, "search",
///             () => search.Request(command),
///             (workspace, cancellation) => search.RunAsync(command, workspace, cancellation),
///             done => new ArchitectureFound(command.RunId, done.Artifact, done.Result.Fact&lt;int[]>("skipModule")));
///     }
/// }
/// </code>
/// Whatever happens, one message answers the command: the event, <see cref="StageFailed"/> with a sentence, or
/// <see cref="StageCancelled"/>. Only when the process itself is being stopped nothing is said: a broker delivers the
/// command again, and of a run in memory the next process goes on.
/// </summary>
public sealed partial class StageExecution(
    StageRunner runner, RunCancellations cancellations, BusSettings settings, ILogger<StageExecution> log, IHostApplicationLifetime? host = null)
{
    /// <summary>Runs a stage and publishes what came of it.</summary>
    /// <typeparam name="TEvent">The stage's event.</typeparam>
    /// <param name="context">The command's context.</param>
    /// <param name="runId">The command's run.</param>
    /// <param name="stage">ingest, search, finetune or evaluate.</param>
    /// <param name="request">Reads the recipe; what it throws fails the stage.</param>
    /// <param name="work">Makes the result in the workspace's folder, resuming what it finds there.</param>
    /// <param name="done">The event of a finished stage.</param>
    public async Task RunAsync<TEvent>(
        ConsumeContext context, Guid runId, string stage, Func<StageRequest> request,
        Func<StageWorkspace, CancellationToken, Task<StageOutcome>> work, Func<StageFinished, TEvent> done)
        where TEvent : class
    {
        using RunCancellations.Work run = cancellations.Begin(runId, context.SentTime ?? DateTime.UtcNow);
        CancellationToken stopping = host?.ApplicationStopping ?? CancellationToken.None;
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(run.Token, stopping, context.CancellationToken);
        using Activity? span = RunTracing.Begin(runId, stage);
        object answer;
        try
        {
            either.Token.ThrowIfCancellationRequested();
            StageRequest asked = request();
            span?.SetTag(RunTracing.Key, asked.Key);
            StageFinished finished = await runner.RunAsync(asked, work, either.Token);
            span?.SetTag(RunTracing.Reused, finished.Reused).SetTag(RunTracing.Outcome, "finished");
            answer = done(finished);
        }
        catch (Exception) when (run.Token.IsCancellationRequested)
        {
            LogCancelled(stage, runId);
            span?.SetTag(RunTracing.Outcome, "cancelled");
            answer = new StageCancelled(runId, stage);
        }
        catch (Exception fault) when (either.IsCancellationRequested)
        {
            LogStopped(stage, runId);
            span?.SetTag(RunTracing.Outcome, "stopped");
            if (settings.InMemory) return;
            throw new OperationCanceledException($"Stage '{stage}' stopped with its process.", fault, context.CancellationToken);
        }
        catch (Exception fault) when (!Faults.IsTransient(fault) || context.GetRetryAttempt() >= settings.RetryDelays.Count)
        {
            LogFailed(fault, stage, runId);
            StageFailed failed = new(runId, stage, Faults.Sentence(fault));
            span?.SetTag(RunTracing.Outcome, "failed").SetStatus(ActivityStatusCode.Error, failed.Error);
            answer = failed;
        }
        await context.Publish(answer, answer.GetType(), CancellationToken.None);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stage {Stage} of run {RunId} was cancelled.")]
    private partial void LogCancelled(string stage, Guid runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stage {Stage} of run {RunId} stops with its process; it goes on later.")]
    private partial void LogStopped(string stage, Guid runId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Stage {Stage} of run {RunId} failed.")]
    private partial void LogFailed(Exception fault, string stage, Guid runId);
}
