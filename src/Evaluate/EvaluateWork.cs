namespace Das.Evaluate;

/// <summary>Scores a fine-tuned checkpoint, counts and times its cost, and writes the report and the submission file (method §2.8).</summary>
public static class EvaluateWork
{
    public const string ReportFile = EvaluationFiles.Report, CheckpointFile = "model.safetensors";

    private const string PredictionsFile = EvaluationFiles.Predictions, SubmissionFile = "submission.json";

    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="finetuned">Folder of the fine-tuned checkpoint and its vocabulary.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one batch.</param>
    public static StageOutcome Run(Recipe recipe, string dataset, string finetuned, StageWorkspace workspace, CancellationToken cancellation)
    {
        torch.Device device = Devices.Resolve(recipe.Device);
        string checkpoint = Path.Combine(finetuned, CheckpointFile), asked = recipe.Evaluate.Split;
        using BackboneModel model = ModelFiles.FromFinetuned(checkpoint, device, out string backboneSha256);
        model.eval();
        model.FreezeForAdapters();
        DatasetManifest manifest = DatasetManifest.Load(dataset);
        TaskKind kind = manifest.Task;
        TrainableTask task = TrainableTasks.Of(kind);
        TaskInputs inputs = new(TaskContext.In(workspace, recipe, dataset, cancellation), manifest, model, BackboneFiles.VocabularyIn(finetuned), device,
            () => backboneSha256);

        TaskPrediction[] predictions = [.. kind.Predicted(manifest, asked).SelectMany(split => task.Predict(inputs, split))];
        AtomicFile.Write(workspace.File(PredictionsFile), stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (TaskPrediction prediction in kind.Lines(predictions)) writer.WriteLine(prediction.ToJson());
        });
        bool submitted = kind.WriteSubmission(workspace.File(SubmissionFile), predictions);
        TaskScores scores = kind.Score(manifest, BenchmarkCatalog.Get(manifest.Benchmark), asked, predictions);
        JsonObject report = Describe(inputs, predictions.Length, scores);
        CostReport.Add(report, task, inputs, () => ModelFiles.Unskipped(checkpoint, device));
        AtomicFile.WriteJson(workspace.File(ReportFile), report);
        return new([ReportFile, PredictionsFile, .. submitted ? [SubmissionFile] : Array.Empty<string>()], Facts(report, scores));
    }

    private static JsonObject Describe(TaskInputs inputs, int queries, TaskScores scores) => new()
    {
        ["benchmark"] = inputs.Dataset.Benchmark,
        ["benchmarkVersion"] = inputs.Dataset.Version,
        ["task"] = inputs.Dataset.Task.Name,
        ["split"] = inputs.Recipe.Evaluate.Split,
        ["queries"] = queries,
        ["metrics"] = new JsonObject(scores.Metrics.Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)Json(metric.Value)))),
        ["baselines"] = new JsonObject(scores.Baselines.Select(baseline => KeyValuePair.Create(baseline.Key, (JsonNode?)JsonValue.Create(baseline.Value)))),
        ["skipModule"] = JsonSerializer.SerializeToNode(inputs.Model.Skipped.ToArray()),
    };

    /// <summary>A mean with its 95 % interval.</summary>
    private static JsonObject Json(MeanScore score) => new() { ["mean"] = score.Mean, ["confidence95"] = new JsonArray(score.Low, score.High) };

    /// <summary>The numbers a list of runs shows: every metric with the ends of its interval, the baselines, the cost.</summary>
    private static JsonObject Facts(JsonObject report, TaskScores scores)
    {
        JsonObject facts = [];
        foreach ((string name, var score) in scores.Metrics)
        {
            facts[name] = score.Mean;
            facts[name + "Low"] = score.Low;
            facts[name + "High"] = score.High;
        }
        foreach ((string name, double score) in scores.Baselines) facts[name] = score;
        Add("updatedParameters", report["parameters"]?["updated"]);
        Add("totalParameters", report["parameters"]?["total"]);
        Add("macsBackbone", report["macs"]?["backbone"]);
        Add("macsFull", report["macs"]?["full"]);
        Add("macsSkipped", report["macs"]?["skipped"]);
        Add("millisecondsFull", report["timing"]?["fullMsPerSample"]);
        Add("millisecondsSkipped", report["timing"]?["skippedMsPerSample"]);
        return facts;

        void Add(string name, JsonNode? value)
        {
            if (value is not null) facts[name] = value.DeepClone();
        }
    }
}
