using System.Text.Json;
using System.Text.Json.Nodes;
using Das.Benchmarks.Catalog;
using Das.Ingest;
using Das.Training.Data;

namespace Das.Bench;

/// <summary>
/// Every question that lm-evaluation-harness asked of SmolLM2-135M-Instruct, asked here by the way that evaluation goes: right answers beside the recorded
/// ones, and the largest difference of a likelihood of those that are recorded one by one.
/// </summary>
internal static class RecordedChoices
{
    private const string Listed = "Question: {stem}\nA. {a}\nB. {b}\nC. {c}\nD. {d}\nE. {e}\nAnswer:";

    /// <summary>What was asked.</summary>
    /// <param name="Name">As recorded.</param>
    /// <param name="Benchmark">Of the catalog.</param>
    /// <param name="Folder">Beside the weights' folder.</param>
    /// <param name="File">In it.</param>
    private sealed record Asked(string Name, string Benchmark, string Folder, string File);

    /// <summary>Positions, as many as the longest passage of BoolQ needs and more.</summary>
    private const int Longest = 2048;

    private static readonly Asked[] tasks =
    [
        new("csqa_cloze", "commonsenseqa", "commonsenseqa", "valid.jsonl"), new("csqa_local", "texts", "commonsenseqa", "valid.jsonl"),
        new("csqa_cloze_chat", "commonsenseqa", "commonsenseqa", "valid.jsonl"), new("csqa_local_chat", "texts", "commonsenseqa", "valid.jsonl"),
        new("boolq_local", "boolq", "boolq", "dev.jsonl"),
    ];

    /// <exception cref="IOException">The weights are not named, or what is recorded of them is not beside them.</exception>
    public static Measured Measure(MeasurementOptions options)
    {
        string weights = Path.GetFullPath(options.Weights ?? throw new FileNotFoundException("--weights FILE is needed: SmolLM2-135M-Instruct as GGUF, with "
            + "lm-eval.json beside it, and the folders boolq and commonsenseqa beside its own."));
        string folder = Path.GetDirectoryName(weights)!;
        JsonElement recorded = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "lm-eval.json"))).RootElement;
        return new(Interleaved.Once, [.. tasks.SelectMany(task => Compare(task, weights, Path.Combine(folder, "..", task.Folder, task.File), recorded))]);
    }

    private static IEnumerable<Figure> Compare(Asked task, string weights, string file, JsonElement recorded)
    {
        Stopwatch clock = Stopwatch.StartNew();
        (LanguageSample Sample, LanguagePrediction Said)[] answered = Answered(task, weights, file);
        double seconds = clock.Elapsed.TotalSeconds;
        JsonElement summary = recorded.GetProperty("summary").GetProperty(task.Name);
        foreach (string measure in (string[])["acc", "acc_norm"])
            if (summary.TryGetProperty(measure, out JsonElement share))
                yield return new($"{task.Name}, {measure}: right answers of {answered.Length:#,0}",
                    Spread.Of([answered.Count(a => a.Sample.Likeliest(a.Said.Likelihoods, measure == "acc_norm") == a.Sample.Expected)]), "",
                    Math.Round(share.GetDouble() * answered.Length), null);
        double[][] rows = [.. recorded.GetProperty("rows").GetProperty(task.Name).EnumerateArray()
            .Select(row => row.GetProperty("loglikelihoods").EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        yield return new($"{task.Name}, the largest difference of a likelihood in {rows.Length} questions, thousandths of a nat",
            Spread.Of([1000 * rows.Zip(answered, (row, a) => row.Zip(a.Said.Likelihoods, (theirs, ours) => Math.Abs(theirs - ours)).Max()).Max()]), "", null,
            null);
        yield return Figure.Once($"{task.Name}, all of it", seconds, "s");
    }

    /// <summary>All questions in the file's order.</summary>
    private static (LanguageSample Sample, LanguagePrediction Said)[] Answered(Asked task, string weights, string file)
    {
        string work = Directory.CreateTempSubdirectory("das-bench-").FullName;
        try
        {
            string source = Directory.CreateDirectory(Path.Combine(work, "source")).FullName;
            string[] lines = task.Benchmark == "texts" ? [.. File.ReadLines(file).Select(Row)] : File.ReadAllLines(file);
            foreach (string name in (string[])["train.jsonl", task.Benchmark == "texts" ? "test.jsonl" : task.File])
                File.WriteAllLines(Path.Combine(source, name), lines);
            JsonObject options = task.Benchmark == "texts" ? new() { ["prompt"] = Listed, ["labels"] = "A, B, C, D, E", ["choicesAs"] = "texts" }
                : new() { ["choices"] = "texts" };
            string dataset = Path.Combine(work, "dataset");
            DatasetManifest manifest = DatasetWriter.WriteAsync(BenchmarkCatalog.Get(task.Benchmark), source, options, "stop", dataset, null,
                CancellationToken.None).GetAwaiter().GetResult();
            Recipe recipe = new()
            {
                Name = task.Name, Device = "cpu",
                Backbone = new()
                {
                    Name = "llama", Checkpoint = weights, Config = new() { ["dtype"] = "float32", ["maxLength"] = Longest },
                    Prompt = task.Name.EndsWith("_chat", StringComparison.Ordinal) ? BackboneRecipe.Chat : BackboneRecipe.Plain,
                },
                Benchmark = new() { Name = task.Benchmark }, Evaluate = new() { Batch = 32 },
            };
            using BackboneModel model = ModelFiles.FromPretrained(recipe.Backbone, new(), tokenTypes: 2, dropout: 0, seed: 0, CPU, removed: null);
            using IDisposable frozen = no_grad();
            model.eval();
            TaskContext context = new(recipe, dataset, Path.Combine(work, "kept"), (done, all, _) => Console.Error.Write($"\r{task.Name} {done}/{all} "),
                CancellationToken.None) { Resume = (name, take) => new(Path.Combine(work, name), name, take) };
            TaskInputs inputs = new(context, manifest, model, BackboneFiles.Vocabulary(recipe.Backbone), CPU, () => "");
            IReadOnlyList<TaskPrediction> said = TrainableTasks.Of(manifest.Task).Predict(inputs, "test");
            using LanguageTable table = TaskKinds.Language.Open(manifest, "test");
            return [.. table.Samples.Zip(said.Cast<LanguagePrediction>())];
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>A question whose choices are listed and answered by letter, as a row of a text task of one's own.</summary>
    private static string Row(string line)
    {
        JsonNode read = JsonNode.Parse(line)!, question = read["question"]!;
        JsonObject row = new() { ["stem"] = (string)question["stem"]!, ["answer"] = (string)read["answerKey"]! };
        foreach (JsonNode? choice in question["choices"]!.AsArray()) row[((string)choice!["label"]!).ToLowerInvariant()] = (string)choice["text"]!;
        return row.ToJsonString();
    }
}
