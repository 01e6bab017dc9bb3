namespace Das.Artifacts;

/// <summary>
/// Another process works on a stage's key now, because this one was silent for too long: nothing more may be written for it. It is no failure:
/// <see cref="StageRunner"/> catches it and answers from the other's result.
/// </summary>
public sealed class OwnershipLost(string sentence) : Exception(sentence);
