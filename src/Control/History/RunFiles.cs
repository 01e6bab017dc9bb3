using Das.Control.Runs;

namespace Das.Control.History;

/// <summary>What a finished stage of a run left behind.</summary>
/// <param name="Stage">The stage, with its branch where it has several.</param>
/// <param name="Result">Its <c>result.json</c>.</param>
/// <param name="Files">Name within the stage's folder → the file, <c>result.json</c> not among them.</param>
/// <param name="Problem">Why its result cannot be read, as a sentence; null if it can.</param>
public sealed record StageFiles(string Stage, ArtifactRef Result, IReadOnlyDictionary<string, ArtifactRef> Files, string? Problem)
{
    /// <summary>What of its input the stage did not use, or not whole, in words; empty where it used all of it.</summary>
    public string Missing { get; private init; } = "";

    /// <summary>By which build, where and when it was made; null where that is not known.</summary>
    public StageMaking? Making { get; private init; }

    /// <summary>Of every stage that has a result, in the pipeline's order.</summary>
    public static IReadOnlyList<StageFiles> Of(RunView run, ArtifactStore store) =>
        [.. run.Artifacts.Select(artifact => Read(artifact.Key, artifact.Value, store))];

    private static StageFiles Read(string stage, ArtifactRef result, ArtifactStore store)
    {
        try
        {
            StageResult read = store.ReadResult(result);
            return new(stage, result, read.Files, null) { Missing = read.Missing, Making = StageMaking.Find(store, result) };
        }
        catch (DasException broken) { return new(stage, result, new Dictionary<string, ArtifactRef>(), broken.Message); }
    }
}
