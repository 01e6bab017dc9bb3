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

    /// <summary>Evaluates in a folder of its own, ending every attempt behind its first batch, and calls <paramref name="between"/> with the folder.</summary>
    /// <returns>What the last attempt said, and how many there were.</returns>
    public static (StageOutcome Outcome, int Attempts) EvaluateByBatches(TemporaryFolder work, string dataset, Recipe recipe, Action<string>? between = null)
    {
        const string stage = "by-batches";
        string folder = Directory.CreateDirectory(Folder(work, stage)).FullName;
        for (int attempts = 1; ; attempts++)
        {
            using CancellationTokenSource ended = new();
            StageWorkspace workspace = new(Guid.NewGuid(), stage, folder, (progress, _) =>
            {
                if (progress.Total > 0) ended.Cancel();
                return Task.CompletedTask;
            }, CancellationToken.None);
            try { return (EvaluateWork.Run(recipe, dataset, Folder(work, "finetune"), workspace, ended.Token), attempts); }
            catch (OperationCanceledException) when (ended.IsCancellationRequested) { between?.Invoke(folder); }
        }
    }

    /// <summary>Fine-tunes, evaluates once undisturbed and once by batches, and compares all that the evaluations left behind.</summary>
    /// <returns>How many attempts the second took, and what both left out.</returns>
    public static (int Attempts, string LeftOut) SameByBatches(TemporaryFolder work, string dataset, Recipe recipe, Action<string>? between = null)
    {
        Run(work, "finetune", ResultFiles.Losses, w => FinetuneWork.Run(recipe, dataset, SkipMask.Of([1]), w, Token));
        StageOutcome undisturbed = null!;
        Run(work, "evaluate", ResultFiles.Report, w => undisturbed = EvaluateWork.Run(recipe, dataset, Folder(work, "finetune"), w, Token));
        (StageOutcome outcome, int attempts) = EvaluateByBatches(work, dataset, recipe, between);
        Assert.Equal(undisturbed.Files, outcome.Files);
        Assert.Equal($"{undisturbed.LeftOut}", $"{outcome.LeftOut}");
        string folder = Folder(work, "by-batches");
        foreach (string file in outcome.Files)
            Assert.Equal(File.ReadAllBytes(Path.Combine(Folder(work, "evaluate"), file)), File.ReadAllBytes(Path.Combine(folder, file)));
        Assert.Equal(outcome.Files.Order(), Directory.GetFiles(folder).Select(Path.GetFileName).Where(name => name != StageWorkspace.LogName).Order());
        return (attempts, $"{outcome.LeftOut}");
    }

    /// <returns>What the stage wrote into the file <paramref name="result"/>.</returns>
    public static JsonObject Run(TemporaryFolder work, string name, string result, Action<StageWorkspace> run)
    {
        string folder = Directory.CreateDirectory(Folder(work, name)).FullName;
        run(new(Guid.NewGuid(), name, folder, (_, _) => Task.CompletedTask, Token));
        return JsonNode.Parse(File.ReadAllText(Path.Combine(folder, result)))!.AsObject();
    }
}
