using Das.Site.Api;

namespace Das.Tests.Reports;

/// <summary>A registry with complete runs and their results, made without a pipeline.</summary>
internal sealed class EvaluatedRuns : IDisposable
{
    private readonly TemporaryFolder home = new();
    private readonly ServiceProvider services;
    private readonly ArtifactStore store;
    private int made;

    public EvaluatedRuns()
    {
        DasHome folder = new(home.Path);
        store = new(folder.Artifacts);
        services = new ServiceCollection().AddLogging().AddRunRegistry(folder, new BusSettings())
            .AddSingleton<PictureAddress>(CompareApi.AddressOf).AddSingleton<QuestionDifferences>().BuildServiceProvider();
    }

    public string Home => home.Path;

    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>As reports see the run.</summary>
    public EvaluatedRun Evaluated(Guid id) => View(id).ToEvaluated();

    public RunView View(Guid id) => Get<RunRegistry>().FindAsync(id).GetAwaiter().GetResult()!;

    /// <summary>A dataset whose split <c>test</c> is these rows; by default four questions about two pictures.</summary>
    public ArtifactRef Dataset(TaskKind? task = null, params TableRow[] rows)
    {
        string key = $"d{made++}", folder = Directory.CreateDirectory(store.FolderOf(PipelineStages.Ingest, key)).FullName;
        Tables.Write(Path.Combine(folder, "test.arrow"), task ?? TaskKinds.Vqa, rows.Length > 0 ? rows : [Picture(0), Picture(1)]);
        Tables.Manifest(folder, task ?? TaskKinds.Vqa, ["test.arrow"], "red", "blue");
        return Finish(PipelineStages.Ingest, key, DatasetManifest.FileName, DatasetManifest.AnswersName, "test.arrow");
    }

    /// <summary>The picture with the id <paramref name="id"/>, PNG, one pixel of that redness.</summary>
    public static byte[] Png(int id) => PngEncoder.Encode(new([(byte)id, 0, 0], 1, 1, 3));

    /// <summary>A complete run of VQA whose questions 0, 1, 2, … were scored so; its mean is its accuracy.</summary>
    public Guid Add(ArtifactRef dataset, double[] scores, Func<Recipe, Recipe>? change = null) =>
        Add(dataset, Lines(scores), "vqa", [new(MetricNames.Accuracy, scores.Average(), Math.Max(0, scores.Average() - .1), Math.Min(1, scores.Average() + .1)),
            new(MetricNames.MacsFull, 54e6, Kind: MetricKind.Cost), new(MetricNames.MacsSkipped, 50e6, Kind: MetricKind.Cost)], change: change);

    /// <summary>A complete run with these lines of predictions; its task and split are as in reports.</summary>
    public Guid Add(ArtifactRef dataset, IEnumerable<string> predictions, string task, Metric[] metrics, string split = "test",
        Func<Recipe, Recipe>? change = null)
    {
        string key = $"e{made++}", folder = Directory.CreateDirectory(store.FolderOf(PipelineStages.Evaluate, key)).FullName;
        File.WriteAllText(Path.Combine(folder, ResultFiles.Report), $$"""{ "benchmark": "shapes", "task": "{{task}}", "split": "{{split}}" }""");
        File.WriteAllText(Path.Combine(folder, ResultFiles.Predictions), string.Concat(predictions.Select(line => line + "\n")));
        ArtifactRef report = Finish(PipelineStages.Evaluate, key, ResultFiles.Report, ResultFiles.Predictions);

        Recipe recipe = new() { Name = "vilt/shapes", Backbone = new() { Name = "vilt", Checkpoint = "model.safetensors" },
            Benchmark = new() { Name = "shapes" }, Search = new() { Strategy = "das", Skip = 2 } };
        Guid id = Guid.NewGuid();
        using RegistryContext rows = new RegistryDatabase(new(home.Path)).CreateDbContext();
        rows.Runs.Add(new()
        {
            Id = id, Name = $"run {key}", Recipe = (change ?? (same => same))(recipe).ToCanonicalJson(), RecipeName = "vilt/shapes", Backbone = "vilt",
                Benchmark = "shapes",
            State = RunStatus.Completed, Created = DateTime.UtcNow, Updated = DateTime.UtcNow, Finished = DateTime.UtcNow,
        });
        rows.Sagas.Add(new()
        {
            CorrelationId = id, CurrentState = nameof(RunStatus.Completed),
            Answers = new Dictionary<string, StageAnswer>(PipelineStages.Das.Given(id, new(dataset, [3, 7])))
            {
                [PipelineStages.Evaluate] = new(report, JsonSerializer.SerializeToElement(new ModelEvaluated(id, report, []), JsonSerializerOptions.Web)),
            },
        });
        rows.Metrics.AddRange(metrics.Select(metric => MetricRow.Of(id, metric)));
        rows.SaveChanges();
        return id;
    }

    /// <summary>Predictions of VQA: question i of picture i / 2.</summary>
    public static IEnumerable<string> Lines(double[] scores, int first = 0) => scores.Select((score, i) =>
        string.Create(CultureInfo.InvariantCulture,
            $$"""{"question_id":{{first + i}},"image_id":"{{i / 2}}","question":"which colour {{i}}?",""" +
            $$""" "answer":"{{(score > 0 ? "red" : "blue")}}","expected":["red","rose"],"score":{{score}}}"""));

    public void Dispose()
    {
        services.Dispose();
        home.Dispose();
    }

    private static TableRow Picture(int id) =>
        new(new VqaRow(id, "test", [.. Enumerable.Range(2 * id, 2)
            .Select(question => new VqaQuestion(question, $"which colour {question}?", ["red"], [0], [1]))]), Png(id));

    private ArtifactRef Finish(string stage, string key, params string[] files)
    {
        string folder = store.FolderOf(stage, key);
        StageResult result = new(stage, key, new(files.ToDictionary(name => name,
            name => ArtifactStore.Reference(stage, key, name, Digest.OfFile(Path.Combine(folder, name)), new FileInfo(Path.Combine(folder, name)).Length)),
                StringComparer.Ordinal), []);
        byte[] bytes = result.ToBytes();
        File.WriteAllBytes(Path.Combine(folder, ResultFiles.Stage), bytes);
        return ArtifactStore.Reference(stage, key, ResultFiles.Stage, Digest.Of(bytes), bytes.Length);
    }
}
