namespace Das.Evaluate;

/// <summary>Scores a fine-tuned checkpoint, counts and times its cost, and writes the report and the submission file (method §2.8).</summary>
public static class EvaluateWork
{
    public const string ReportFile = EvaluationFiles.Report, CheckpointFile = "model.safetensors";

    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="finetuned">Folder of the fine-tuned checkpoint and its vocabulary.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one batch.</param>
    public static StageOutcome Run(Recipe recipe, string dataset, string finetuned, StageWorkspace workspace, CancellationToken cancellation)
    {
        torch.Device device = Devices.Resolve(recipe.Device);
        string checkpoint = Path.Combine(finetuned, CheckpointFile);
        using BackboneModel model = ModelFiles.FromFinetuned(checkpoint, device, out string backboneSha256);
        model.eval();
        model.FreezeForAdapters();
        DatasetManifest manifest = DatasetManifest.Load(dataset);
        TaskData data = TaskData.For(model, new(recipe, Optimization: null, manifest, BackboneFiles.VocabularyIn(finetuned), device, () => backboneSha256,
            workspace.Shared("towers"),
            (done, total) => workspace.Report(done, total, "pictures through the frozen tower"), cancellation));
        Evaluation evaluation = new(recipe, manifest, model, data, device, workspace, cancellation);

        EvaluationResult result = evaluation.Score();
        JsonObject report = Describe(evaluation, result);
        CostReport.Add(report, evaluation, () => ModelFiles.Unskipped(checkpoint, device));
        AtomicFile.WriteJson(workspace.File(ReportFile), report);
        return new([ReportFile, .. result.Files], Facts(report, result));
    }

    private static JsonObject Describe(Evaluation evaluation, EvaluationResult result) => new()
    {
        ["benchmark"] = evaluation.Dataset.Benchmark,
        ["benchmarkVersion"] = evaluation.Dataset.Version,
        ["task"] = JsonNamingPolicy.CamelCase.ConvertName(evaluation.Dataset.Task.ToString()),
        ["split"] = evaluation.Recipe.Evaluate.Split,
        ["queries"] = result.Queries,
        ["metrics"] = new JsonObject(result.Metrics.Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)Evaluation.Json(metric.Value)))),
        ["baselines"] = new JsonObject(result.Baselines.Select(baseline => KeyValuePair.Create(baseline.Key, (JsonNode?)JsonValue.Create(baseline.Value)))),
        ["skipModule"] = JsonSerializer.SerializeToNode(evaluation.Model.Skipped.ToArray()),
    };

    /// <summary>The numbers a list of runs shows: every metric with the ends of its interval, the baselines, the cost.</summary>
    private static JsonObject Facts(JsonObject report, EvaluationResult result)
    {
        JsonObject facts = [];
        foreach ((string name, var score) in result.Metrics)
        {
            facts[name] = score.Mean;
            facts[name + "Low"] = score.Low;
            facts[name + "High"] = score.High;
        }
        foreach ((string name, double score) in result.Baselines) facts[name] = score;
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
