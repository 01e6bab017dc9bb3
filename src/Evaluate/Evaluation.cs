using Das.Benchmarks;

namespace Das.Evaluate;

/// <summary>All that scoring a finished model needs.</summary>
/// <param name="Recipe">The whole recipe.</param>
/// <param name="Dataset">Ingested.</param>
/// <param name="Model">In eval mode.</param>
/// <param name="Data">Its splits as batches for the model.</param>
/// <param name="Device">Where it computes.</param>
/// <param name="Workspace">Folder and progress of the stage.</param>
/// <param name="Cancellation">Takes effect within one forward pass.</param>
internal sealed record Evaluation(
    Recipe Recipe, DatasetManifest Dataset, BackboneModel Model, TaskData Data, Device Device, StageWorkspace Workspace, CancellationToken Cancellation)
{
    public const string PredictionsFile = ResultFiles.Predictions, SubmissionFile = ResultFiles.Submission;

    /// <summary>Scores the task and writes its predictions.</summary>
    /// <returns>The files written, the number of queries, the scores; none where the answers are withheld.</returns>
    public EvaluationResult Score() => Dataset.Task switch
    {
        BenchmarkTask.Vqa => VqaEvaluation.Run(this),
        BenchmarkTask.Nlvr2 => PairEvaluation.Run(this),
        BenchmarkTask.Language => LanguageEvaluation.Run(this),
        _ => RetrievalEvaluation.Run(this),
    };

    public ITaskSplit Open(string split) => Data.Open(split, "evaluate");

    /// <summary>A split as pixels, whatever is kept of frozen parts.</summary>
    public ITaskSplit OpenPixels(string split) => Data.Open(split, "evaluate", keep: false);

    /// <summary>Writes one JSON object a line.</summary>
    public void WritePredictions(IEnumerable<object> predictions) => AtomicFile.Write(Workspace.File(PredictionsFile), stream =>
    {
        using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
        foreach (object prediction in predictions) writer.WriteLine(JsonSerializer.Serialize(prediction));
    });
}

/// <summary>What came of scoring.</summary>
/// <param name="Files">Written into the stage's folder.</param>
/// <param name="Queries">Questions, sentences, or captions and images.</param>
/// <param name="Metrics">Metric → mean with interval; empty where the answers are withheld.</param>
/// <param name="Baselines">Baseline → its score on the same queries.</param>
internal sealed record EvaluationResult(
    IReadOnlyList<string> Files, int Queries, IReadOnlyDictionary<string, MeanScore> Metrics, IReadOnlyDictionary<string, double> Baselines);
