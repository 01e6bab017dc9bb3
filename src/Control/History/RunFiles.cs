using Das.Control.Runs;

namespace Das.Control.History;

/// <summary>What a finished stage of a run left behind.</summary>
/// <param name="Stage">The stage, with its branch where it has several.</param>
/// <param name="Result">Its <c>result.json</c>.</param>
/// <param name="Files">Name within the stage's folder → the file, <c>result.json</c> not among them.</param>
/// <param name="Problem">Why its result cannot be read, as a sentence; null if it can.</param>
public sealed record StageFiles(string Stage, ArtifactRef Result, IReadOnlyDictionary<string, ArtifactRef> Files, string? Problem)
{
    /// <summary>Of every stage that has a result, in the pipeline's order.</summary>
    public static IReadOnlyList<StageFiles> Of(RunView run, ArtifactStore store) =>
        [.. run.Artifacts.Select(artifact => Read(artifact.Key, artifact.Value, store))];

    private static StageFiles Read(string stage, ArtifactRef result, ArtifactStore store)
    {
        try { return new(stage, result, store.ReadResult(result).Files, null); }
        catch (DasException broken) { return new(stage, result, new Dictionary<string, ArtifactRef>(), broken.Message); }
        catch (IOException broken) { return new(stage, result, new Dictionary<string, ArtifactRef>(), broken.Message); }
    }
}
