namespace Das.Evaluate;

/// <summary>Scores a fine-tuned checkpoint, counts and times its cost, and writes the report and the submission file (method §2.8).</summary>
public static class EvaluateWork
{
    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="finetuned">Folder of the fine-tuned checkpoint and its vocabulary.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one batch.</param>
    public static StageOutcome Run(Recipe recipe, string dataset, string finetuned, StageWorkspace workspace, CancellationToken cancellation)
    {
        torch.Device device = Devices.Resolve(recipe.Device);
        string checkpoint = Path.Combine(finetuned, ResultFiles.Checkpoint);
        using BackboneModel model = ModelFiles.FromFinetuned(checkpoint, device, out string backboneSha256);
        model.eval();
        model.FreezeForAdapters();
        DatasetManifest manifest = DatasetManifest.Load(dataset);
        TaskData data = TaskData.For(model, new(recipe, Optimization: null, manifest, BackboneFiles.VocabularyIn(finetuned), device, () => backboneSha256,
            workspace.Shared("towers"),
            (done, total) => workspace.Report(done, total, "pictures through the frozen tower"), cancellation));
        Evaluation evaluation = new(recipe, manifest, model, data, device, workspace, cancellation);

        EvaluationResult result = evaluation.Score();
        ResultFiles.Write(workspace.File(ResultFiles.Report),
            CostReport.Add(Describe(evaluation, result), evaluation, () => ModelFiles.Unskipped(checkpoint, device)));
        return new([ResultFiles.Report, .. result.Files], []);
    }

    private static EvaluationReport Describe(Evaluation evaluation, EvaluationResult result) => new()
    {
        Benchmark = evaluation.Dataset.Benchmark,
        BenchmarkVersion = evaluation.Dataset.Version,
        Task = JsonNamingPolicy.CamelCase.ConvertName(evaluation.Dataset.Task.ToString()),
        Split = evaluation.Recipe.Evaluate.Split,
        Queries = result.Queries,
        Metrics = result.Metrics.ToDictionary(metric => metric.Key, metric => new MeasuredScore(metric.Value.Mean, [metric.Value.Low, metric.Value.High])
        {
            LowerIsBetter = metric.Key == MetricNames.Unanswered,
        }),
        Baselines = result.Baselines,
        SkipModule = [.. evaluation.Model.Skipped],
    };
}
