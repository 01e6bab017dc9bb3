namespace Das.Artifacts;

/// <summary>The folder that holds everything the pipeline writes.</summary>
/// <param name="root">Absolute, or relative to the working directory.</param>
public sealed class DasHome(string root)
{
    /// <summary>The environment variable that moves the folder away from <c>.das</c> in the working directory.</summary>
    public const string Variable = "DAS_HOME";

    /// <summary>The environment variable that leaves the folder's own permissions as they are: <c>1</c>, where a group shares it on purpose.</summary>
    public const string SharedVariable = "DAS_HOME_SHARED";

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, Others = (UnixFileMode)0b111_111;

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The artifact store's root: <c>artifacts/{stage}/{key}/</c>.</summary>
    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>The registry of runs, a SQLite file.</summary>
    public string Registry => Path.Combine(Root, "registry.db");

    /// <summary>One lock file for each run that a process drives itself.</summary>
    public string Runs => Path.Combine(Root, "runs");

    /// <summary>
    /// The home, its folder made where there is none, for its owner alone: whatever is written below cannot be reached by anybody else. One that others
    /// may enter is closed, unless <see cref="SharedVariable"/> says otherwise or it is somebody else's.
    /// </summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public DasHome Made()
    {
        if (OperatingSystem.IsWindows() || IsShared) Directory.CreateDirectory(Root);
        else if (!Directory.Exists(Root)) Directory.CreateDirectory(Root, Owner);
        else if (Exposed is not null)
        {
            try { File.SetUnixFileMode(Root, File.GetUnixFileMode(Root) & ~Others); }
            catch (UnauthorizedAccessException) { /* Somebody else's; das doctor says so. */ }
        }
        return this;
    }

    /// <summary>Who else than its owner may enter the folder, though nobody has said so, as a sentence; null where none may.</summary>
    public string? Exposed
    {
        get
        {
            if (OperatingSystem.IsWindows() || IsShared || !Directory.Exists(Root) || (File.GetUnixFileMode(Root) & Others) == 0) return null;
            return $"{Root} is open to other users of this machine (mode {Convert.ToString((int)File.GetUnixFileMode(Root), 8)}).";
        }
    }

    private static bool IsShared => Environment.GetEnvironmentVariable(SharedVariable) == "1";

    public static DasHome FromEnvironment() =>
        new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root ? root : ".das");
}
