using Das.Reports.Tables;
using MassTransit;

namespace Das.Control.Runs;

/// <summary>What a run's finished model is asked.</summary>
/// <param name="Text">The question, or the whole prompt where the task's form is plain.</param>
public sealed record RunQuestion(string Text)
{
    /// <summary>Tokens of an answer at most, unless somebody says otherwise.</summary>
    public const int UsualTokens = 128;

    /// <summary>What was said before, by the user and the model in turn; none where the model does not converse.</summary>
    public IReadOnlyList<string> Earlier { get; init; } = [];

    /// <summary>Encoded; empty for none.</summary>
    public byte[] Picture { get; init; } = [];

    /// <summary>Tokens of the answer at most.</summary>
    public int MaxTokens { get; init; } = UsualTokens;
}

/// <summary>Asks the finished models of runs. The checkpoints are where the workers are, so that one that evaluates is asked over the bus.</summary>
public sealed partial class RunQuestions(IBus bus, Publisher publisher, BusSettings settings, ILogger<RunQuestions> log)
{
    public const int LongestText = 20_000, MostEarlier = 200, LongestEarlier = 200_000, MostTokens = 4096;

    private const string Worker = "das worker evaluate";

    /// <summary>How long an answer is waited for.</summary>
    public TimeSpan Patience => settings.AnswerPatience;

    /// <summary>Whether there is a finished model that writes texts; what else keeps it from being asked, asking says.</summary>
    public static bool MayBeAsked(RunView run) => run.Artifacts.ContainsKey(PipelineStages.Finetune) && AskedBackbone.Names.Contains(run.Backbone);

    /// <summary>How the run's model is asked.</summary>
    /// <exception cref="DasException">It is not finished, or it writes no texts.</exception>
    public static AskedBackbone FormOf(RunView run)
    {
        AskedBackbone form = AskedBackbone.Of(Recipe.Parse(run.Recipe).Backbone);
        return run.Artifacts.ContainsKey(PipelineStages.Finetune) ? form : throw new DasException(ErrorKind.Conflict,
            $"Run {run.ShortId} has no finished model: there is one when its stage {PipelineStages.Finetune} has ended.");
    }

    /// <summary>What the model answers.</summary>
    /// <param name="run">With its recipe.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="cancellation">Ends the question where it is worked on, too.</param>
    /// <exception cref="DasException">The question cannot be asked, the worker refuses it, or no worker answers in time.</exception>
    public async Task<string> AskAsync(RunView run, RunQuestion question, CancellationToken cancellation)
    {
        Check(FormOf(run), question);
        AskModel asked = new(Guid.NewGuid(), run.Recipe, run.Artifacts[PipelineStages.Finetune], [.. question.Earlier], question.Text, question.Picture,
            question.MaxTokens);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        ModelAnswered answered;
        try { answered = await RequestAsync(asked, patience.Token).WaitAsync(patience.Token); }
        catch (Exception fault)
        {
            if (Within<MessageReturnedException>(fault)) throw new DasException(ErrorKind.Machine,
                $"No worker that answers is connected to the broker. Start one: {Worker}.", fault);
            _ = EndAsync(asked.Id);
            cancellation.ThrowIfCancellationRequested();
            if (fault is OperationCanceledException || Within<RequestTimeoutException>(fault)) throw new DasException(ErrorKind.Machine,
                $"No answer came within {Units.Duration(Patience)}. Look whether {Worker} runs and has time: it answers one question after the other, and "
                + "loads a model before the first. Ask again, or for fewer tokens.", fault);
            LogFailed(fault);
            throw new DasException(ErrorKind.Machine, "The question did not come to an answer over the bus; the server's log says why. Ask again.", fault);
        }
        return answered.Answer ?? throw new DasException(answered.Kind, answered.Refusal ?? "The model did not answer, and did not say why.");
    }

    /// <summary>What is said of a picture with more bytes than can be sent.</summary>
    public static string TooLarge(long bytes) => $"A picture has at most {Units.Bytes(AskModel.LongestPicture)}, this one has {Units.Bytes(bytes)}. "
        + "Make it smaller: the model sees a few hundred pixels a side.";

    private static void Check(AskedBackbone form, RunQuestion question)
    {
        RunTexts.Check("A question", question.Text, LongestText, least: 1);
        if (question.Earlier.Count > 0 && !form.Converses)
            throw new DasException(ErrorKind.Usage, "This model reads nothing of what was said before: ask without it, each question stands alone.");
        if (question.Earlier.Count > MostEarlier || question.Earlier.Sum(turn => turn.Length) > LongestEarlier)
            throw new DasException(ErrorKind.Usage, $"What was said before has at most {MostEarlier} turns and {LongestEarlier} characters: begin anew.");
        if (question.Earlier.Count % 2 != 0)
            throw new DasException(ErrorKind.Usage, "What was said before is a question and its answer in turn, so an even number of texts, not "
                + $"{question.Earlier.Count}.");
        if (question.Picture.Length > 0 && !form.ReadsPictures) throw new DasException(ErrorKind.Usage, "This model reads no pictures: ask without one.");
        if (question.Picture.Length > AskModel.LongestPicture)
            throw new DasException(ErrorKind.Usage, TooLarge(question.Picture.Length));
        if (question.MaxTokens is < 1 or > MostTokens)
            throw new DasException(ErrorKind.Usage, $"An answer has 1 to {MostTokens} tokens at most, not {question.MaxTokens}.");
    }

    /// <summary>The broker keeps the question for its time to live and not on disk, and gives it back where there is no queue for it.</summary>
    private async Task<ModelAnswered> RequestAsync(AskModel asked, CancellationToken cancellation)
    {
        RequestTimeout timeout = RequestTimeout.After(ms: (int)Patience.TotalMilliseconds);
        Response<ModelAnswered> answered = await bus.CreateRequestClient<AskModel>(timeout).GetResponse<ModelAnswered>(asked,
            request => request.UseExecute(send =>
            {
                send.Durable = false;
                if (send.TryGetPayload(out RabbitMqSendContext? broker)) broker.Mandatory = true;
            }), cancellation, timeout);
        return answered.Message;
    }

    /// <summary>Nobody waits for it any more, and the worker has other things to do.</summary>
    private async Task EndAsync(Guid question)
    {
        try { await publisher.PublishAsync(new CancelRun(question, AskModel.Attempt), CancellationToken.None); }
        catch (Exception fault) { LogFailed(fault); }
    }

    private static bool Within<T>(Exception? fault) where T : Exception => fault is T || (fault is not null && Within<T>(fault.InnerException));

    [LoggerMessage(Level = LogLevel.Warning, Message = "A question to a finished model did not go over the bus.")]
    private partial void LogFailed(Exception fault);
}
