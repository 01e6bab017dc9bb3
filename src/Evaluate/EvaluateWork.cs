using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Das.Artifacts;
using Das.Benchmarks.Arrow;
using Das.Benchmarks.Scoring;
using Das.Benchmarks.Text;
using Das.Models.Backbones;
using Das.Models.Cost;
using Das.Models.Skipping;
using Das.Recipes;
using Das.Training;
using Das.Training.Batches;
using TorchSharp;
using static TorchSharp.torch;

namespace Das.Evaluate;

/// <summary>Scores a fine-tuned checkpoint, counts and times its cost, and writes the report and the submission file (spec §2.8).</summary>
public static class EvaluateWork
{
    public const string ReportFile = "report.json", PredictionsFile = "predictions.jsonl", SubmissionFile = "submission.json";

    /// <param name="recipe">The whole recipe.</param>
    /// <param name="dataset">Folder of the ingested dataset.</param>
    /// <param name="finetuned">Folder of the fine-tuned checkpoint and its vocabulary.</param>
    /// <param name="workspace">Folder and progress of this stage.</param>
    /// <param name="cancellation">Takes effect within one batch.</param>
    public static StageOutcome Run(Recipe recipe, string dataset, string finetuned, StageWorkspace workspace, CancellationToken cancellation)
    {
        Device device = Devices.Resolve(recipe.Device);
        DatasetManifest manifest = DatasetManifest.Load(dataset);
        using VqaModel model = VqaModel.FromFinetuned(Path.Combine(finetuned, "model.safetensors"), device);
        using VqaTable table = manifest.OpenSplit(recipe.Evaluate.Split);
        VqaBatches batches = new(table, WordPiece.Load(Path.Combine(finetuned, "vocab.txt")), recipe.Backbone.ImageSize, model.Config.MaxTextLength, manifest.Answers.Count, device);
        model.Backbone.eval();

        int[] predicted = Predict(model, batches, table.Count, recipe.Evaluate.Batch, workspace, cancellation);
        WritePredictions(workspace.Folder, table, manifest, predicted);
        JsonObject report = Score(table, manifest, predicted);
        report["skipModule"] = JsonSerializer.SerializeToNode(model.Backbone.Skipped.ToArray());
        AddCost(report, model, batches, recipe, device, cancellation);
        AtomicFile.WriteJson(workspace.File(ReportFile), report);
        return new([ReportFile, PredictionsFile, SubmissionFile], Facts(report));
    }

    private static int[] Predict(VqaModel model, VqaBatches batches, int count, int batch, StageWorkspace workspace, CancellationToken cancellation)
    {
        int[] predicted = new int[count];
        int[] Range(int start) => [.. Enumerable.Range(start, Math.Min(batch, count - start))];
        using var frozen = no_grad();
        for (int start = 0; start < count; start += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int[] indices = Range(start);
            int following = start + batch;
            Tensor logits = model.Logits(batches.Load(indices, following < count ? Range(following) : null));
            long[] best = logits.argmax(1).cpu().data<long>().ToArray();
            for (int i = 0; i < best.Length; i++) predicted[start + i] = (int)best[i];
            workspace.Report(start + best.Length, count, "questions answered");
        }
        return predicted;
    }

    private static void WritePredictions(string folder, VqaTable table, DatasetManifest manifest, int[] predicted)
    {
        AtomicFile.Write(Path.Combine(folder, PredictionsFile), stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            for (int i = 0; i < predicted.Length; i++)
            {
                VqaSample sample = table[i];
                writer.WriteLine(JsonSerializer.Serialize(new
                {
                    question_id = sample.QuestionId,
                    image_id = sample.ImageId,
                    question = sample.Question,
                    answer = manifest.Answers[predicted[i]],
                    expected = sample.Answers,
                    score = VqaScore.Of(sample, predicted[i]),
                }));
            }
        });
        VqaSubmission.Write(Path.Combine(folder, SubmissionFile), Enumerable.Range(0, predicted.Length).Select(i => (table[i].QuestionId, manifest.Answers[predicted[i]])));
    }

    private static JsonObject Score(VqaTable table, DatasetManifest manifest, int[] predicted)
    {
        JsonObject report = new()
        {
            ["benchmark"] = manifest.Benchmark,
            ["benchmarkVersion"] = manifest.Version,
            ["questions"] = predicted.Length,
        };
        bool answered = Enumerable.Range(0, table.Count).Any(i => table[i].Labels.Count > 0);
        if (!answered) return report;

        VqaScore score = VqaScore.Of([.. predicted.Select((answer, i) => VqaScore.Of(table[i], answer))]);
        using VqaTable train = manifest.OpenSplit("train");
        report["score"] = new JsonObject
        {
            ["accuracy"] = score.Mean,
            ["confidence95"] = new JsonArray(score.Low, score.High),
            ["majorityAnswer"] = MajorityAnswer.Of(train).Score(table).Mean,
        };
        return report;
    }

    /// <summary>Parameters and MACs from the architecture; milliseconds per sample of the finished and of the unskipped model, timed in turn.</summary>
    private static void AddCost(JsonObject report, VqaModel model, VqaBatches batches, Recipe recipe, Device device, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        int[] indices = [.. Enumerable.Range(0, Math.Min(recipe.Evaluate.Batch, report["questions"]!.GetValue<int>()))];
        VqaBatch batch = batches.Load(indices);
        int text = (int)batch.TextIds.shape[1], height = (int)batch.Image.shape[2], width = (int)batch.Image.shape[3];
        ModelCost cost = model.Backbone.Cost(text, height, width);
        report["parameters"] = new JsonObject { ["updated"] = cost.Parameters.Updated, ["total"] = cost.Parameters.Total };
        report["macs"] = new JsonObject
        {
            ["textTokens"] = text,
            ["imageHeight"] = height,
            ["imageWidth"] = width,
            ["backbone"] = cost.MacsBackbone,
            ["full"] = cost.MacsFull,
            ["skipped"] = cost.Macs,
        };
        if (recipe.Evaluate.TimingRounds == 0) return;

        using VqaModel unskipped = new(new Vilt(model.Config, model.Backbone.Heads, SkipMask.Empty));
        unskipped.Backbone.to(device);
        unskipped.Backbone.eval();
        (double Full, double Skipped)[] times = new (double, double)[recipe.Evaluate.TimingRounds + 1];
        for (int round = 0; round < times.Length; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            times[round] = (Milliseconds(unskipped, batch, device) / indices.Length, Milliseconds(model, batch, device) / indices.Length);
        }
        report["timing"] = new JsonObject
        {
            ["batch"] = indices.Length,
            ["fullMsPerSample"] = Median(times.Skip(1).Select(t => t.Full)),
            ["skippedMsPerSample"] = Median(times.Skip(1).Select(t => t.Skipped)),
        };
    }

    private static double Milliseconds(VqaModel model, VqaBatch batch, Device device)
    {
        using var scope = NewDisposeScope();
        Stopwatch watch = Stopwatch.StartNew();
        model.Logits(batch);
        if (device.type == TorchSharp.DeviceType.CUDA) cuda.synchronize();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The numbers a list of runs shows.</summary>
    private static JsonObject Facts(JsonObject report)
    {
        JsonObject facts = [];
        void Add(string name, JsonNode? value)
        {
            if (value is not null) facts[name] = value.DeepClone();
        }
        Add("accuracy", report["score"]?["accuracy"]);
        Add("accuracyLow", report["score"]?["confidence95"]?[0]);
        Add("accuracyHigh", report["score"]?["confidence95"]?[1]);
        Add("majorityAnswer", report["score"]?["majorityAnswer"]);
        Add("updatedParameters", report["parameters"]?["updated"]);
        Add("totalParameters", report["parameters"]?["total"]);
        Add("macsBackbone", report["macs"]?["backbone"]);
        Add("macsFull", report["macs"]?["full"]);
        Add("macsSkipped", report["macs"]?["skipped"]);
        Add("millisecondsFull", report["timing"]?["fullMsPerSample"]);
        Add("millisecondsSkipped", report["timing"]?["skippedMsPerSample"]);
        return facts;
    }
}
