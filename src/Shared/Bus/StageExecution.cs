using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Das.Bus;

/// <summary>
/// Everything between a stage's command and its event. Whatever happens, one message answers the command: the event, <see cref="StageFailed"/> with a
/// sentence, <see cref="ArtifactDamaged"/> or <see cref="StageCancelled"/>. Only when the process itself is being stopped nothing is said: a broker
/// delivers the command again, and of a run in memory the next process goes on. A delivery that the broker takes away does not end the work: it goes on
/// and answers, and whoever gets the command next waits for its result.
/// </summary>
public sealed partial class StageExecution(
    StageRunner runner, RunCancellations cancellations, BusSettings settings, ILogger<StageExecution> log, Publisher publisher,
    IHostApplicationLifetime? host = null)
{
    /// <summary>Runs a stage and publishes what came of it.</summary>
    public async Task RunAsync<TCommand, TEvent>(ConsumeContext<TCommand> context, Stage<TCommand, TEvent> stage)
        where TCommand : StageCommand where TEvent : StageEvent
    {
        TCommand command = context.Message;
        (Guid runId, string step) = (command.RunId, StageStep.NameOf(stage.Name, command.Branch));
        using RunCancellations.Work run = cancellations.Begin(runId, command.Attempt);
        CancellationToken stopping = host?.ApplicationStopping ?? context.CancellationToken;
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(run.Token, stopping);
        using Activity? span = RunTracing.Begin(runId, step);
        object answer;
        try
        {
            either.Token.ThrowIfCancellationRequested();
            RefuseOtherBuilds(command, stage);
            await stage.FetchAsync(command, runner.Reporter(runId, step, either.Token), either.Token);
            StageJob job = stage.Read(command);
            StageRequest asked = job.Request(stage, command);
            span?.SetTag(RunTracing.Key, asked.Key);
            StageFinished finished = await runner.RunAsync(asked, job.RunAsync, either.Token);
            span?.SetTag(RunTracing.Reused, finished.Reused).SetTag(RunTracing.Outcome, "finished");
            answer = stage.Answer(command, finished) with
            {
                Branch = command.Branch, Attempt = command.Attempt, Reused = finished.Reused, MadeFor = finished.MadeFor,
                Deliveries = finished.Deliveries,
            };
        }
        catch (Exception) when (run.Token.IsCancellationRequested)
        {
            LogCancelled(step, runId);
            span?.SetTag(RunTracing.Outcome, "cancelled");
            answer = new StageCancelled(runId, step, command.Attempt);
        }
        catch (Exception fault) when (either.IsCancellationRequested)
        {
            LogStopped(step, runId);
            span?.SetTag(RunTracing.Outcome, "stopped");
            if (settings.InMemory) return;
            throw new OperationCanceledException($"Stage '{step}' stopped with its process.", fault, context.CancellationToken);
        }
        catch (DamagedArtifact damaged)
        {
            span?.SetTag(RunTracing.Outcome, "input damaged");
            answer = new ArtifactDamaged(runId, step, damaged.Artifact, $"{damaged.Finding}.", command.Attempt);
        }
        catch (Exception fault) when (!Faults.IsTransient(fault) || context.GetRetryAttempt() >= settings.RetryDelays.Count)
        {
            LogFailed(fault, step, runId);
            StageFailed failed = new(runId, step, Faults.Sentence(fault), Faults.RetryHelps(fault), command.Attempt);
            span?.SetTag(RunTracing.Outcome, "failed").SetStatus(ActivityStatusCode.Error, failed.Error);
            answer = failed;
        }
        await AnswerAsync(answer, step, stopping);
    }

    /// <summary>Publishes until the bus confirms it; where the process is stopped before, the command is delivered again.</summary>
    private async Task AnswerAsync(object answer, string step, CancellationToken stopping)
    {
        while (true)
            try
            {
                await publisher.PublishAsync(answer, CancellationToken.None);
                return;
            }
            catch (Exception fault) when (!stopping.IsCancellationRequested)
            {
                LogUnanswered(fault, step);
                await Task.Delay(TimeSpan.FromSeconds(1), stopping);
            }
    }

    private static void RefuseOtherBuilds(StageCommand command, Stage stage)
    {
        if (command.StageVersion != 0 && command.StageVersion != stage.Version)
            throw new DasException(ErrorKind.Machine, $"This worker is of another build than the server: it does stage '{stage.Name}' in version "
                + $"{stage.Version}, and the run asks for version {command.StageVersion}. Start server and workers from one build, then retry the run.");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stage {Stage} of run {RunId} was cancelled.")]
    private partial void LogCancelled(string stage, Guid runId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stage {Stage} of run {RunId} stops with its process; it goes on later.")]
    private partial void LogStopped(string stage, Guid runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What came of stage {Stage} could not be published; it is tried again.")]
    private partial void LogUnanswered(Exception fault, string stage);

    [LoggerMessage(Level = LogLevel.Error, Message = "Stage {Stage} of run {RunId} failed.")]
    private partial void LogFailed(Exception fault, string stage, Guid runId);
}
