namespace Das.Benchmarks.Tasks;

/// <summary>
/// A kind of task as far as it needs no tensors: what its rows and samples are and how they are stored, what a model predicts, and how that is
/// scored and shown. Its counterpart with tensors is a trainable task of Das.Training.
/// </summary>
public abstract class TaskKind : TableLayout
{
    /// <summary>What manifests, reports and predictions call it.</summary>
    public abstract string Name { get; }

    /// <summary>The column that holds a row's published id.</summary>
    public abstract string IdColumn { get; }

    /// <summary>The columns that hold a row's pictures, left before right.</summary>
    public abstract IReadOnlyList<string> PictureColumns { get; }

    /// <summary>The numbers by which it is judged; a benchmark may add others.</summary>
    public abstract IReadOnlyList<TaskMetric> Metrics { get; }

    /// <summary>The metric that reports call so; null for one that a benchmark adds.</summary>
    public TaskMetric? Metric(string name) => Metrics.FirstOrDefault(metric => metric.Name == name);

    /// <summary>Opens a split.</summary>
    /// <exception cref="DasException">The dataset is of another task, there is no such split, or a table is damaged.</exception>
    public abstract IShownSamples OpenSamples(DatasetManifest dataset, string split);

    /// <summary>The splits that are predicted where one is asked for.</summary>
    public virtual IReadOnlyList<string> Predicted(DatasetManifest dataset, string asked) => [asked];

    /// <summary>Scores what a model predicted, and what those say who look at no question.</summary>
    /// <param name="dataset">Ingested.</param>
    /// <param name="benchmark">The one it was made from.</param>
    /// <param name="asked">The split asked for.</param>
    /// <param name="predictions">All of <see cref="Predicted"/>, a split's in its order.</param>
    public abstract TaskScores Score(DatasetManifest dataset, Benchmark benchmark, string asked, IReadOnlyList<TaskPrediction> predictions);

    /// <summary>Predictions in the order in which they are written.</summary>
    public virtual IEnumerable<TaskPrediction> Lines(IReadOnlyList<TaskPrediction> predictions) => predictions;

    /// <summary>Writes the file that the benchmark's server takes.</summary>
    /// <returns>Whether there is such a file.</returns>
    public virtual bool WriteSubmission(string file, IReadOnlyList<TaskPrediction> predictions) => false;

    /// <summary>Reads a line of predictions.</summary>
    /// <exception cref="FormatException">It is none of this task; the message says what is missing.</exception>
    public abstract ShownPrediction Show(JsonElement line);

    /// <summary>The split in which the pictures lie that a prediction is about.</summary>
    public virtual string PictureSplit(ShownPrediction prediction, string evaluatedSplit) => evaluatedSplit;

    /// <summary>A prediction's score from 0 to 1.</summary>
    protected static double Score(JsonElement line) =>
        line.TryGetProperty("score", out JsonElement score) && score.ValueKind == JsonValueKind.Number && score.TryGetDouble(out double value)
            && value is >= 0 and <= 1
            ? value : throw new FormatException("score is no number from 0 to 1");

    protected static string Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out JsonElement value) ? Text(value) : throw new FormatException($"the member {name} is missing");

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Number => value.GetRawText(),
        _ => throw new FormatException("an object stands where a text is expected"),
    };
}

/// <summary>A kind of task whose tables and predictions have types of their own.</summary>
public abstract class TaskKind<TTable, TPrediction> : TaskKind where TTable : IShownSamples where TPrediction : TaskPrediction
{
    public sealed override IShownSamples OpenSamples(DatasetManifest dataset, string split) => Open(dataset, split);

    /// <summary>Opens a split.</summary>
    /// <exception cref="DasException">The dataset is of another task, there is no such split, or a table is damaged.</exception>
    public TTable Open(DatasetManifest dataset, string split) => Open(dataset.Tables(split, this));

    public sealed override TaskScores Score(DatasetManifest dataset, Benchmark benchmark, string asked, IReadOnlyList<TaskPrediction> predictions) =>
        Score(dataset, benchmark, asked, (IReadOnlyList<TPrediction>)[.. predictions.Cast<TPrediction>()]);

    private protected abstract TTable Open(IReadOnlyList<string> paths);

    private protected abstract TaskScores Score(DatasetManifest dataset, Benchmark benchmark, string asked, IReadOnlyList<TPrediction> predictions);
}
