using System.Text.Json.Serialization;
using Das.Benchmarks.Raw;
using Das.Benchmarks.Tasks;

namespace Das.Contracts;

/// <summary>The files that stages leave for others to read; a dataset's tables its manifest names.</summary>
public static class ResultFiles
{
    /// <summary>What every stage left behind, written last.</summary>
    public const string Stage = "result.json";

    /// <summary>How it was made, beside it; no part of it.</summary>
    public const string Making = "made.json";

    /// <summary>An ingested dataset's <see cref="DatasetManifest"/>.</summary>
    public const string Manifest = DatasetManifest.FileName;

    /// <summary>Its vocabulary.</summary>
    public const string Answers = DatasetManifest.AnswersName;

    /// <summary>The search's <see cref="SearchResult"/>.</summary>
    public const string Search = "search.json";

    /// <summary>Fine-tuning's <see cref="TrainingLosses"/>.</summary>
    public const string Losses = "losses.json";

    /// <summary>The fine-tuned model.</summary>
    public const string Checkpoint = "model.safetensors";

    /// <summary>The evaluation's <see cref="EvaluationReport"/>.</summary>
    public const string Report = "report.json";

    /// <summary>What the model said to every question: one JSON object a line.</summary>
    public const string Predictions = "predictions.jsonl";

    /// <summary>What the benchmark's own server takes.</summary>
    public const string Submission = "submission.json";

    /// <summary>What an unfinished training resumes from; no result.</summary>
    public const string State = "state.safetensors";

    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Writes indented JSON; members that are null are left out.</summary>
    public static void Write<T>(string path, T result) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(result, Json));

    /// <exception cref="DasException">The file cannot be read or holds something else; the message says why.</exception>
    public static T Read<T>(string path) where T : class => JsonText.OfFile<T>(path, Json, ErrorKind.Storage);
}

/// <summary>What a search found, and how.</summary>
/// <param name="Candidates">N, the number of candidate layers.</param>
/// <param name="Strategy">das, random or fixed.</param>
/// <param name="Seed">The recipe's.</param>
/// <param name="SkipModule">The layers to skip.</param>
public sealed record SearchResult(int Candidates, string Strategy, int Seed, int[] SkipModule)
{
    /// <summary>(N) after the last update; null where nothing was learnt.</summary>
    public float[]? Preferences { get; init; }

    /// <summary>(updates, N), oldest first.</summary>
    public IReadOnlyList<float[]>? PreferencesOverTime { get; init; }

    /// <summary>The loss of every micro-step.</summary>
    public IReadOnlyList<float>? Losses { get; init; }
}

/// <summary>The loss of every micro-step of a fine-tuning.</summary>
public sealed record TrainingLosses(IReadOnlyList<float> Losses);

/// <summary>What an evaluation measured. A member that an early report lacks has the value that was meant then.</summary>
public sealed record EvaluationReport
{
    /// <summary>Its name in the catalog; empty in the earliest reports.</summary>
    public string Benchmark { get; init; } = "";

    public int BenchmarkVersion { get; init; }

    /// <summary>The kind of task; the earliest reports are all of vqa.</summary>
    public string Task { get; init; } = "vqa";

    /// <summary>The one asked for.</summary>
    public string Split { get; init; } = "";

    /// <summary>Questions, sentences, or captions and images.</summary>
    public int Queries { get; init; }

    /// <summary>By name, in the published order; none where the answers are withheld.</summary>
    public IReadOnlyDictionary<string, MeasuredScore> Metrics { get; init; } = new Dictionary<string, MeasuredScore>();

    /// <summary>What scores on the same queries without a model reach, as shares.</summary>
    public IReadOnlyDictionary<string, double> Baselines { get; init; } = new Dictionary<string, double>();

    /// <summary>The layers that the model does without.</summary>
    public int[] SkipModule { get; init; } = [];

    /// <summary>Rows that ingesting, fine-tuning or this evaluation left out, cut or could not answer; null where there are none, and in early
    /// reports.</summary>
    public LeftOutRows? LeftOut { get; init; }

    public CountedParameters? Parameters { get; init; }
    public CountedMacs? Macs { get; init; }

    /// <summary>Null where nothing was timed.</summary>
    public MeasuredTime? Timing { get; init; }

    /// <summary>All of its numbers, as the registry keeps them.</summary>
    public IReadOnlyList<Metric> Numbers() =>
    [
        .. Metrics.Select(metric => new Metric(metric.Key, metric.Value.Mean, metric.Value.Confidence95[0], metric.Value.Confidence95[1],
            HigherIsBetter: TaskKinds.All.FirstOrDefault(kind => kind.Name == Task)?.Metric(metric.Key)?.HigherIsBetter ?? true)),
        .. Baselines.Select(baseline => new Metric(baseline.Key, baseline.Value, Kind: MetricKind.Baseline)),
        .. Cost(MetricNames.UpdatedParameters, Parameters?.Updated), .. Cost(MetricNames.TotalParameters, Parameters?.Total),
        .. Cost(MetricNames.MacsBackbone, Macs?.Backbone), .. Cost(MetricNames.MacsFull, Macs?.Full), .. Cost(MetricNames.MacsSkipped, Macs?.Skipped),
        .. Cost(MetricNames.MillisecondsFull, Timing?.FullMsPerSample), .. Cost(MetricNames.MillisecondsSkipped, Timing?.SkippedMsPerSample),
    ];

    private static IEnumerable<Metric> Cost(string name, double? value) =>
        value is { } known ? [new(name, known, Kind: MetricKind.Cost, HigherIsBetter: false)] : [];
}

/// <summary>A mean over the queries, as a share.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Confidence95">Both ends of its 95 % interval.</param>
public sealed record MeasuredScore(double Mean, double[] Confidence95);

/// <param name="Updated">Those that training changes.</param>
/// <param name="Total">All of the finished model.</param>
public sealed record CountedParameters(long Updated, long Total);

/// <summary>Multiply-accumulates of one sample.</summary>
/// <param name="Per">What a sample is, in words.</param>
/// <param name="TextTokens">The length of its text.</param>
/// <param name="ImageHeight">In pixels; 0 without an image.</param>
/// <param name="ImageWidth">In pixels; 0 without an image.</param>
/// <param name="Backbone">Of the unskipped backbone without adapters; null in reports from before it was counted.</param>
/// <param name="Full">Of the model with nothing skipped.</param>
/// <param name="Skipped">Of the model as evaluated.</param>
public sealed record CountedMacs(string Per, long TextTokens, long ImageHeight, long ImageWidth, long? Backbone, long Full, long Skipped);

/// <param name="Batch">Samples a batch.</param>
/// <param name="FullMsPerSample">Milliseconds with nothing skipped.</param>
/// <param name="SkippedMsPerSample">Milliseconds of the model as evaluated.</param>
public sealed record MeasuredTime(int Batch, double FullMsPerSample, double SkippedMsPerSample);

/// <summary>What a number says.</summary>
[JsonConverter(typeof(MetricKindNames))]
public enum MetricKind
{
    /// <summary>How well the model does, as a share.</summary>
    Score,

    /// <summary>What a score without a model reaches, as a share.</summary>
    Baseline,

    /// <summary>Parameters, multiply-accumulates of one sample, or milliseconds.</summary>
    Cost,
}

/// <summary><c>score</c>.</summary>
public sealed class MetricKindNames() : JsonStringEnumConverter<MetricKind>(JsonNamingPolicy.CamelCase);

/// <summary>One of the few numbers of an evaluation that lists of runs show.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Mean">The number.</param>
/// <param name="Low">The lower end of its 95 % interval; null where it has none.</param>
/// <param name="High">The upper end.</param>
/// <param name="Kind">What it says.</param>
/// <param name="HigherIsBetter">Of two models the one with more of it is the better one.</param>
public sealed record Metric(string Name, double Mean, double? Low = null, double? High = null, MetricKind Kind = MetricKind.Score,
    bool HigherIsBetter = true);

/// <summary>Names of metrics that are not one benchmark's own.</summary>
public static class MetricNames
{
    public const string Accuracy = "accuracy";
    public const string UpdatedParameters = "updatedParameters";
    public const string TotalParameters = "totalParameters";
    public const string MacsFull = "macsFull";
    public const string MacsSkipped = "macsSkipped";
    public const string MacsBackbone = "macsBackbone";
    public const string MillisecondsFull = "millisecondsFull";
    public const string MillisecondsSkipped = "millisecondsSkipped";
    public const string IrRecall1 = "irRecall1";
    public const string TrRecall1 = "trRecall1";

    /// <summary>Those of costs, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> Costs { get; } =
        [UpdatedParameters, TotalParameters, MacsBackbone, MacsFull, MacsSkipped, MillisecondsFull, MillisecondsSkipped];

    extension(IReadOnlyList<Metric> metrics)
    {
        /// <summary>The metric called <paramref name="name"/>; null if there is none.</summary>
        public Metric? Named(string name) => metrics.FirstOrDefault(metric => metric.Name == name);
    }
}

/// <summary>Names of the curves that stages report.</summary>
public static class CurveNames
{
    public const string Loss = "loss";
    public const string LearningRate = "learningRate";

    /// <summary>One curve a candidate layer.</summary>
    public const string Preference = "preference";

    /// <summary>The process's working set in GiB.</summary>
    public const string Memory = "memory";

    /// <summary>How many were busy.</summary>
    public const string Cores = "cores";
}
