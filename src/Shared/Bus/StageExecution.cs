using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Das.Bus;

/// <summary>
/// Everything between a stage's command and its event. Whatever happens, one message answers the command: the event, <see cref="StageFailed"/> with a
/// sentence, or <see cref="StageCancelled"/>. Only when the process itself is being stopped nothing is said: a broker delivers the command again, and
/// of a run in memory the next process goes on.
/// </summary>
public sealed partial class StageExecution(
    StageRunner runner, RunCancellations cancellations, BusSettings settings, ILogger<StageExecution> log, IHostApplicationLifetime? host = null)
{
    /// <summary>Runs a stage and publishes what came of it.</summary>
    public async Task RunAsync<TCommand, TEvent>(ConsumeContext<TCommand> context, Stage<TCommand, TEvent> stage)
        where TCommand : class, IStageCommand where TEvent : class, IStageEvent
    {
        TCommand command = context.Message;
        (Guid runId, string step) = (command.RunId, StageStep.NameOf(stage.Name, command.Branch));
        using RunCancellations.Work run = cancellations.Begin(runId, context.SentTime ?? DateTime.UtcNow);
        CancellationToken stopping = host?.ApplicationStopping ?? CancellationToken.None;
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(run.Token, stopping, context.CancellationToken);
        using Activity? span = RunTracing.Begin(runId, step);
        object answer;
        try
        {
            either.Token.ThrowIfCancellationRequested();
            StageJob job = stage.Read(command);
            StageRequest asked = new(runId, stage.Name, stage.Version, job.RecipePart, job.InputDigests, command.Fresh, step);
            span?.SetTag(RunTracing.Key, asked.Key);
            StageFinished finished = await runner.RunAsync(asked, job.RunAsync, either.Token);
            span?.SetTag(RunTracing.Reused, finished.Reused).SetTag(RunTracing.Outcome, "finished");
            answer = stage.Answer(command, finished);
        }
        catch (Exception) when (run.Token.IsCancellationRequested)
        {
            LogCancelled(step, runId);
            span?.SetTag(RunTracing.Outcome, "cancelled");
            answer = new StageCancelled(runId, step);
        }
        catch (Exception fault) when (either.IsCancellationRequested)
        {
            LogStopped(step, runId);
            span?.SetTag(RunTracing.Outcome, "stopped");
            if (settings.InMemory) return;
            throw new OperationCanceledException($"Stage '{step}' stopped with its process.", fault, context.CancellationToken);
        }
        catch (Exception fault) when (!Faults.IsTransient(fault) || context.GetRetryAttempt() >= settings.RetryDelays.Count)
        {
            LogFailed(fault, step, runId);
            StageFailed failed = new(runId, step, Faults.Sentence(fault), Faults.RetryHelps(fault));
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
