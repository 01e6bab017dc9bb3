namespace Das.Evaluate;

/// <summary>Scores a fine-tuned checkpoint, counts and times its cost, and writes the report and the submission file (method §2.8).</summary>
public static class EvaluateWork
{
    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="finetuned">Folder of the fine-tuned checkpoint and its vocabulary.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one batch.</param>
    /// <param name="trained">What fine-tuning left out, for the report; null where that is not known.</param>
    public static StageOutcome Run(Recipe recipe, string dataset, string finetuned, StageWorkspace workspace, CancellationToken cancellation,
        LeftOutRows? trained = null)
    {
        torch.Device device = Devices.Resolve(recipe.Device);
        string checkpoint = Path.Combine(finetuned, ResultFiles.Checkpoint), asked = recipe.Evaluate.Split;
        using BackboneModel model = ModelFiles.FromFinetuned(checkpoint, device, out string backboneSha256);
        model.eval();
        model.FreezeForAdapters();
        DatasetManifest manifest = DatasetManifest.Load(dataset);
        TaskKind kind = manifest.Task;
        TrainableTask task = TrainableTasks.Of(kind);
        var context = TaskContext.In(workspace, recipe, dataset, cancellation);
        context.ComputesOn(device);
        TaskInputs inputs = new(context, manifest, model, BackboneFiles.VocabularyIn(finetuned), device,
            () => backboneSha256);

        IReadOnlyList<string> predicted = kind.Predicted(manifest, asked);
        TaskPrediction[] predictions = [.. predicted.SelectMany(split => task.Predict(inputs, split))];
        AtomicFile.Write(workspace.File(ResultFiles.Predictions), stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (TaskPrediction prediction in kind.Lines(predictions)) writer.WriteLine(prediction.ToJson());
        });
        bool submitted = kind.WriteSubmission(workspace.File(ResultFiles.Submission), predictions);
        TaskScores scores = kind.Score(manifest, BenchmarkCatalog.Get(manifest.Benchmark), asked, predictions);
        EvaluationReport report = CostReport.Add(Describe(inputs, predictions.Length, scores, trained), task, inputs,
            () => ModelFiles.Unskipped(checkpoint, device));
        ResultFiles.Write(workspace.File(ResultFiles.Report), report);
        foreach (string split in predicted) File.Delete(workspace.File(TaskContext.KeptFile(split)));
        return new([ResultFiles.Report, ResultFiles.Predictions, .. submitted ? [ResultFiles.Submission] : Array.Empty<string>()], [])
        {
            LeftOut = context.LeftOut,
        };
    }

    private static EvaluationReport Describe(TaskInputs inputs, int queries, TaskScores scores, LeftOutRows? trained) => new()
    {
        LeftOut = All(inputs.Dataset.LeftOut, trained, inputs.Context.LeftOut),
        Benchmark = inputs.Dataset.Benchmark,
        BenchmarkVersion = inputs.Dataset.Version,
        Task = inputs.Dataset.Task.Name,
        Split = inputs.Recipe.Evaluate.Split,
        Queries = queries,
        Metrics = scores.Metrics.ToDictionary(metric => metric.Key, metric => new MeasuredScore(metric.Value.Mean, [metric.Value.Low, metric.Value.High])),
        Baselines = scores.Baselines,
        SkipModule = [.. inputs.Model.Skipped],
    };

    private static LeftOutRows? All(params LeftOutRows?[] parts)
    {
        LeftOutRows all = [];
        foreach (LeftOutRows part in parts.OfType<LeftOutRows>()) all.Add(part);
        return all.Count > 0 ? all : null;
    }
}
