namespace Das.Artifacts;

/// <summary>
/// How a result was made, for people: <c>made.json</c> beside it. No part of the result, whose digest is in the keys of later stages.
/// </summary>
/// <param name="Build">The program's version, with its commit where that is known.</param>
/// <param name="Version">The stage's.</param>
/// <param name="Machine">The host's name.</param>
/// <param name="Device">What it computed on; null where it computed nothing.</param>
/// <param name="Threads">torch's, likewise.</param>
/// <param name="Deliveries">How often the work was begun without coming to an end, the last time included.</param>
/// <param name="Started">When it was begun the last time, UTC.</param>
/// <param name="Ended">When it was done, UTC.</param>
public sealed record StageMaking(string Build, int Version, string Machine, string? Device, int? Threads, int Deliveries, DateTime Started, DateTime Ended)
{
    /// <summary>For whom and of what; null in results of early builds. A registry that was lost is rebuilt from it.</summary>
    public StageOrigin? Origin { get; init; }

    /// <summary>Of this process: <c>1.0.0+3f2a9c01…</c>.</summary>
    public static string ThisBuild { get; } = System.Reflection.CustomAttributeExtensions
        .GetCustomAttribute<System.Reflection.AssemblyInformationalVersionAttribute>(typeof(StageMaking).Assembly)!.InformationalVersion;

    /// <summary>In one line.</summary>
    public string Words => string.Create(CultureInfo.InvariantCulture, $"build {Build}, stage version {Version}, on {Machine}"
        + $"{(Device is null ? "" : $" ({Device}, {Threads} {(Threads == 1 ? "thread" : "threads")})")}, {Started:u} to {Ended:u}"
        + $"{(Deliveries > 1 ? $", begun {Deliveries} times" : "")}");

    /// <summary>Of the result with that reference; null where it is not known (results of early builds).</summary>
    public static StageMaking? Find(ArtifactStore store, ArtifactRef result)
    {
        try
        {
            string path = Path.Combine(Path.GetDirectoryName(store.PathOf(result))!, ResultFiles.Making);
            return File.Exists(path) ? ResultFiles.Read<StageMaking>(path) : null;
        }
        catch (DasException) { return null; }
    }
}

/// <summary>What a result was made for and of.</summary>
/// <param name="Run">The run that asked for it; others may have reused it since.</param>
/// <param name="Recipe">That run's whole recipe as canonical JSON.</param>
/// <param name="Inputs">The results of other stages that it was made of.</param>
public sealed record StageOrigin(Guid Run, string Recipe, IReadOnlyList<ArtifactRef> Inputs);
