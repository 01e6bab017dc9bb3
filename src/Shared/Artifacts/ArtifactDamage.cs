namespace Das.Artifacts;

/// <summary>A file of a finished stage that is not, or no longer, what the stage wrote.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Key">The stage's key; empty where the file belongs to no stage alone.</param>
/// <param name="File">Relative to the stage's folder.</param>
/// <param name="Expected">The SHA-256 that it was written with; null where that is unknown.</param>
/// <param name="Found">Its SHA-256 now; null where it is missing or cannot be read.</param>
/// <param name="Problem">What is wrong, to be said of the file: <c>has changed since it was written</c>.</param>
public sealed record ArtifactDamage(string Stage, string Key, string File, string? Expected, string? Found, string Problem)
{
    public bool IsMissing { get; private init; }

    /// <summary>Without an end: what follows from it can be added.</summary>
    public string Sentence => $"{File} of {Stage}{(Key.Length > 0 ? $"/{Short(Key)}" : "")} {Problem}";

    internal static ArtifactDamage Changed(string stage, string key, string file, string expected, string found) => new(stage, key, file, expected, found,
        $"has changed since it was written (its SHA-256 is {Short(found)}, it was {Short(expected)})");

    internal static ArtifactDamage Missing(string stage, string key, string file, string? expected) =>
        new(stage, key, file, expected, null, "is no longer in the store") { IsMissing = true };

    internal static ArtifactDamage Unsealed(string stage, string key, string file) =>
        new(stage, key, file, null, null, $"has no seal, {file}{FileSeal.Ending}, that would tell whether it is whole");

    internal static ArtifactDamage Unreadable(string stage, string key, string file, string? expected, Exception why) =>
        new(stage, key, file, expected, null, $"cannot be read: {why.Message.TrimEnd('.')}");

    private static string Short(string digest) => digest.Length > 12 ? $"{digest[..12]}…" : digest;
}

/// <summary>A finished stage's result is asked for, and it or one of its files is missing, changed or unreadable.</summary>
/// <param name="artifact">The reference to the stage's <c>result.json</c>.</param>
/// <param name="finding">What is wrong with it, without an end.</param>
/// <param name="kind">Whether it is there.</param>
public sealed class DamagedArtifact(ArtifactRef artifact, string finding, ErrorKind kind = ErrorKind.Storage)
    : DasException(kind, $"{finding}. Run its recipe again: whatever is damaged is computed again.")
{
    internal DamagedArtifact(ArtifactRef artifact, ArtifactDamage damage)
        : this(artifact, damage.Sentence, damage.IsMissing ? ErrorKind.NotFound : ErrorKind.Storage)
    { }

    public ArtifactRef Artifact => artifact;

    /// <summary>What is wrong, without what to do.</summary>
    public string Finding => finding;
}
