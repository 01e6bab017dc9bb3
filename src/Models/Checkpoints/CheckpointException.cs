namespace Das.Models.Checkpoints;

/// <summary>
/// A weight file cannot be read, written or fitted to a model. The message is one sentence for the person who gave the
/// file: which file and key, what was expected, what to do.
/// </summary>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
