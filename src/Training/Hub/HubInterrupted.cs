namespace Das.Training.Hub;

/// <summary>The hub could not be reached, was cut off, or asks to be asked later: worth another attempt.</summary>
/// <param name="sentence">What happened, for a person.</param>
/// <param name="wait">How long the hub asks to wait; null where it says nothing.</param>
/// <param name="inner">What was seen of it.</param>
internal sealed class HubInterrupted(string sentence, TimeSpan? wait = null, Exception? inner = null) : DasException(ErrorKind.Machine, sentence, inner)
{
    public TimeSpan? Wait => wait;
}
