namespace Das.Artifacts;

/// <summary>The folder that holds everything the pipeline writes.</summary>
/// <param name="root">Absolute, or relative to the working directory.</param>
public sealed class DasHome(string root)
{
    /// <summary>The environment variable that moves the folder away from <c>.das</c> in the working directory.</summary>
    public const string Variable = "DAS_HOME";

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The artifact store's root: <c>artifacts/{stage}/{key}/</c>.</summary>
    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>The registry of runs, a SQLite file.</summary>
    public string Registry => Path.Combine(Root, "registry.db");

    /// <summary>One lock file for each run that a process drives itself.</summary>
    public string Runs => Path.Combine(Root, "runs");

    public static DasHome FromEnvironment() =>
        new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root ? root : ".das");
}
