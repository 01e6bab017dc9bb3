namespace Das.Tests.Pipeline;

/// <summary>Stages run one by one in folders of a test's own.</summary>
internal static class StageRuns
{
    /// <summary>Two folders below the store's root, as stages have it.</summary>
    public static string Folder(TemporaryFolder work, string stage) => work[$"store/{stage}/key"];

    /// <returns>What the stage wrote into the file <paramref name="result"/>.</returns>
    public static JsonObject Run(TemporaryFolder work, string name, string result, Action<StageWorkspace> run)
    {
        string folder = Directory.CreateDirectory(Folder(work, name)).FullName;
        run(new(Guid.NewGuid(), name, folder, (_, _) => Task.CompletedTask, Token));
        return JsonNode.Parse(File.ReadAllText(Path.Combine(folder, result)))!.AsObject();
    }
}
