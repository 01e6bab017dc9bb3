namespace Das.Tests.Models;

/// <summary>What SmolLM2-135M-Instruct thinks of choices against what lm-evaluation-harness recorded of it, by the way that evaluation goes.</summary>
public sealed class SmolLM2ChoicesTests() : TensorTest(learns: false)
{
    /// <summary>Nats by which a choice's likelihood may differ.</summary>
    private const double Near = 0.02;

    private const string ListedPrompt = "Question: {stem}\nA. {a}\nB. {b}\nC. {c}\nD. {d}\nE. {e}\nAnswer:";

    private static string Folder => Repository.DataOf("smollm2");

    private static string Weights => Path.Combine(Folder, "SmolLM2-135M-Instruct.Q4_1.gguf");

    /// <param name="benchmark">Of the catalog.</param>
    /// <param name="task">The recording's name.</param>
    /// <param name="questions">How many of the 150 that are recorded one by one: a passage takes ten times as long as a question.</param>
    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("commonsenseqa", "csqa_cloze", 60)]
    [InlineData("texts", "csqa_local", 15)]
    [InlineData("boolq", "boolq_local", 6)]
    [InlineData("commonsenseqa", "csqa_cloze_chat", 20)]
    [InlineData("texts", "csqa_local_chat", 10)]
    public async Task A_real_model_finds_choices_as_likely_as_is_recorded_of_it(string benchmark, string task, int questions)
    {
        using TemporaryFolder source = new();
        (string folder, string file) = benchmark == "boolq" ? (benchmark, "dev.jsonl") : ("commonsenseqa", "valid.jsonl");
        string[] lines = [.. File.ReadLines(Repository.DataOf(folder, file)).Take(questions)];
        if (benchmark == "texts") lines = [.. lines.Select(Listed)];
        foreach (string name in (string[])["train.jsonl", benchmark == "texts" ? "test.jsonl" : file]) File.WriteAllLines(source[name], lines);
        JsonObject options = benchmark == "texts" ? new() { ["prompt"] = ListedPrompt, ["labels"] = "A, B, C, D, E", ["choicesAs"] = "texts" }
            : new() { ["choices"] = "texts" };
        using TemporaryFolder dataset = new();
        DatasetManifest manifest = await Ingested.Write(benchmark, source.Path, dataset, options);

        Recipe recipe = new()
        {
            Name = "smollm2", Device = "cpu", Backbone = new() { Name = "llama", Checkpoint = Weights, Config = new() { ["dtype"] = "float32" },
                Prompt = task.EndsWith("_chat", StringComparison.Ordinal) ? BackboneRecipe.Chat : BackboneRecipe.Plain },
            Benchmark = new() { Name = benchmark }, Evaluate = new() { Batch = 32 },
        };
        using BackboneModel model = ModelFiles.FromPretrained(recipe.Backbone, new(), 2, 0, 0, CPU, null);
        model.eval();
        List<string> notes = [];
        TaskContext context = new(recipe, dataset.Path, dataset["kept"], (_, _, note) => notes.Add(note), Token)
        {
            Resume = (name, take) => new(dataset[name], name, take),
        };
        TaskInputs inputs = new(context, manifest, model, BackboneFiles.Vocabulary(recipe.Backbone), CPU, () => "");
        LanguagePrediction[] said = [.. TrainableTasks.Of(manifest.Task).Predict(inputs, "test").Cast<LanguagePrediction>()];

        LanguageSample[] samples = manifest.Samples("test");
        JsonElement[] recorded = [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "lm-eval.json"))).RootElement.GetProperty("rows").Items(task)];
        Assert.Equal(questions, said.Length);
        for (int i = 0; i < questions; i++)
        {
            Assert.Equal((i, ""), (recorded[i].Int("i"), said[i].Continuation));
            foreach ((double expected, double ours) in recorded[i].Numbers("loglikelihoods").Zip(said[i].Likelihoods)) Assert.Equal(expected, ours, Near);
            Assert.Equal(recorded[i].Number("acc"), said[i].Score);
            if (recorded[i].TryGetProperty("acc_norm", out JsonElement norm))
                Assert.Equal(norm.GetDouble() == 1, samples[i].Likeliest(said[i].Likelihoods, perCharacter: true) == samples[i].Expected);
        }
    }

    /// <summary>A question whose choices are listed and answered by letter, as a row of a text task of one's own.</summary>
    private static string Listed(string line)
    {
        JsonNode read = JsonNode.Parse(line)!, question = read["question"]!;
        JsonObject row = new() { ["stem"] = (string)question["stem"]!, ["answer"] = (string)read["answerKey"]! };
        foreach (JsonNode? choice in question["choices"]!.AsArray()) row[((string)choice!["label"]!).ToLowerInvariant()] = (string)choice["text"]!;
        return row.ToJsonString();
    }
}
