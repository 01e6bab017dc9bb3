namespace Das.Tests.Pipeline;

/// <summary>Stages run one by one in folders of a test's own.</summary>
internal static class StageRuns
{
    /// <summary>Two folders below the store's root, as stages have it.</summary>
    public static string Folder(TemporaryFolder work, string stage) => work[$"store/{stage}/key"];

    /// <summary>Searches, fine-tunes and evaluates twice, the second time by <paramref name="again"/>; what search and evaluations wrote.</summary>
    public static (JsonObject Found, int[] Skipped, JsonObject First, JsonObject Second) All(TemporaryFolder work, string dataset, Recipe recipe, Recipe again)
    {
        JsonObject found = Run(work, "search", ResultFiles.Search, w => SearchWork.Run(recipe, dataset, w, Token));
        int[] skipped = [.. found["skipModule"]!.AsArray().Select(i => i!.GetValue<int>())];
        Run(work, "finetune", ResultFiles.Losses, w => FinetuneWork.Run(recipe, dataset, SkipMask.Of(skipped), w, Token));
        JsonObject Evaluate(string name, Recipe asked) =>
            Run(work, name, ResultFiles.Report, w => EvaluateWork.Run(asked, dataset, Folder(work, "finetune"), w, Token));
        return (found, skipped, Evaluate("evaluate", recipe), Evaluate("again", again));
    }

    /// <returns>What the stage wrote into the file <paramref name="result"/>.</returns>
    public static JsonObject Run(TemporaryFolder work, string name, string result, Action<StageWorkspace> run)
    {
        string folder = Directory.CreateDirectory(Folder(work, name)).FullName;
        run(new(Guid.NewGuid(), name, folder, (_, _) => Task.CompletedTask, Token));
        return JsonNode.Parse(File.ReadAllText(Path.Combine(folder, result)))!.AsObject();
    }
}
