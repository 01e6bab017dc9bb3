namespace Das.Contracts;

/// <summary>Asks a finished model something. It is a request: one <see cref="ModelAnswered"/> comes back to whoever asked, and to nobody else.</summary>
/// <param name="Id">The question's. A <see cref="CancelRun"/> of this id and <see cref="Attempt"/> ends it, also one that has not been taken up.</param>
/// <param name="Recipe">The run's whole recipe as canonical JSON; backbone and device are read of it.</param>
/// <param name="Checkpoint">The fine-tune stage's result.</param>
/// <param name="Earlier">What was said before, by the user and the model in turn.</param>
/// <param name="Question">What is asked now.</param>
/// <param name="Picture">Encoded, at most <see cref="LongestPicture"/> bytes; empty for none.</param>
/// <param name="MaxTokens">Tokens of the answer at most.</param>
public sealed record AskModel(Guid Id, string Recipe, ArtifactRef Checkpoint, string[] Earlier, string Question, byte[] Picture, int MaxTokens)
{
    /// <summary>A question is asked once.</summary>
    public const int Attempt = 1;

    /// <summary>8 MiB: as base64, with the rest of the message, less than the 16 MiB that RabbitMQ 4 takes.</summary>
    public const int LongestPicture = 8 << 20;
}

/// <summary>What a finished model wrote, or why it wrote nothing.</summary>
/// <param name="Answer">Null where it was refused.</param>
/// <param name="Refusal">The sentence for whoever asked; null where there is an answer.</param>
/// <param name="Kind">What the refusal is about.</param>
public sealed record ModelAnswered(string? Answer, string? Refusal = null, ErrorKind Kind = ErrorKind.Machine);
