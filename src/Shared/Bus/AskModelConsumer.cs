using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Das.Bus;

/// <summary>
/// Answers questions to finished models. Somebody waits for each, so whatever goes wrong comes back as a sentence and is not tried again; where nobody
/// waits any more, because the question was cancelled or has had its time, nothing comes back.
/// </summary>
public sealed partial class AskModelConsumer(ModelAnswers models, RunCancellations cancellations, BusSettings settings, ILogger<AskModelConsumer> log,
    IHostApplicationLifetime? host = null) : IConsumer<AskModel>
{
    private static readonly ModelAnswered Stopped = new(null, "The worker that was to answer is being stopped. Ask again.");

    public async Task Consume(ConsumeContext<AskModel> context)
    {
        AskModel asked = context.Message;
        using RunCancellations.Work work = cancellations.Begin(asked.Id, AskModel.Attempt);
        CancellationToken stopping = host?.ApplicationStopping ?? context.CancellationToken;
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(work.Token, stopping);
        ended.CancelAfter(settings.AnswerPatience);
        ModelAnswered answer;
        try { answer = new(await models.AnswerAsync(asked, ended.Token)); }
        catch (Exception) when (stopping.IsCancellationRequested) { answer = Stopped; }
        catch (Exception) when (ended.IsCancellationRequested) { return; }
        catch (Exception fault)
        {
            if (fault is not DasException) LogFailed(fault, asked.Id);
            answer = new(null, Faults.Sentence(fault), (fault as DasException)?.Kind ?? ErrorKind.Machine);
        }
        await context.RespondAsync(answer);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Question {Question} could not be answered.")]
    private partial void LogFailed(Exception fault, Guid question);
}
