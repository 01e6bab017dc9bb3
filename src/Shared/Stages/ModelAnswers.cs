namespace Das.Stages;

/// <summary>Answers questions to finished models; knows no bus. One question comes at a time.</summary>
public abstract class ModelAnswers
{
    /// <summary>What the model writes.</summary>
    /// <param name="asked">The question.</param>
    /// <param name="cancellation">Takes effect within one token.</param>
    /// <exception cref="DasException">Why it writes nothing, in a sentence for whoever asked.</exception>
    public abstract Task<string> AnswerAsync(AskModel asked, CancellationToken cancellation);
}
