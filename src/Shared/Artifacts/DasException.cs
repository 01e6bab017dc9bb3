namespace Das.Artifacts;

/// <summary>Something a person can act on: the message is the whole sentence, shown without a stack trace.</summary>
public sealed class DasException(string sentence, Exception? inner = null) : Exception(sentence, inner);
