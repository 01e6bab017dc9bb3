namespace Das.Benchmarks.Tasks;

/// <summary>
/// A sentence about a pair of pictures, true or false. A row is a pair with all its sentences, labelled by the words <c>True</c> and <c>False</c>
/// (method §6.2); a model is judged by its accuracy on the split asked for and, beside the test split, on the development split (method §2.8).
/// </summary>
public sealed class PairTask : TaskKind<PairTable, PairPrediction>
{
    internal const string True = "True", False = "False";

    private const string Accuracy = "accuracy", DevelopmentAccuracy = "devAccuracy", Test = "test", Development = "dev";

    internal static readonly string[] Images = ["image_0", "image_1"];

    public override string Name => "nlvr2";
    public override string IdColumn => "identifier";
    public override IReadOnlyList<string> PictureColumns => Images;

    public override IReadOnlyList<TaskMetric> Metrics { get; } =
    [
        new(Accuracy, "NLVR2", Contribution: score => score, Group: split => split) { Headline = true },
        new(DevelopmentAccuracy, "NLVR2 dev", Contribution: score => score, Group: _ => Development),
    ];

    public override Schema Columns { get; } = Of(
        ("image_0", BinaryType.Default), ("image_1", BinaryType.Default), ("questions", Texts), ("answers", Texts), ("identifier", StringType.Default));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        PairRow[] pairs = [.. rows.Select(r => (PairRow)r.Content)];
        return
        [
            Pictures(rows, 0), Pictures(rows, 1), Lists(pairs.Select(p => p.Sentences.Select(s => s.Text))),
            Lists(pairs.Select(p => p.Sentences.Select(s => s.Label switch { true => True, false => False, null => null }))),
            Words(pairs.Select(p => p.Identifier)),
        ];
    }

    public override IReadOnlyList<string> Predicted(DatasetManifest dataset, string asked) =>
        asked == Test && dataset.Splits.ContainsKey(Development) ? [asked, Development] : [asked];

    public override ShownPrediction Show(JsonElement line)
    {
        string pair = Text(line, "identifier");
        return new(Text(line, "split"), pair, Score(line), Text(line, "sentence"), pair, Text(line, "expected"), Text(line, "answer"));
    }

    public override string PictureSplit(ShownPrediction prediction, string evaluatedSplit) => prediction.Group;

    private protected override PairTable Open(IReadOnlyList<string> paths) => new(paths);

    private protected override TaskScores Score(DatasetManifest dataset, Benchmark benchmark, string asked, IReadOnlyList<PairPrediction> predictions)
    {
        using PairTable train = Open(dataset, "train"), scored = Open(dataset, asked);
        return new(Predicted(dataset, asked).ToDictionary(split => split == asked ? Accuracy : DevelopmentAccuracy,
            split => MeanScore.Of(predictions.Where(p => p.Split == split).Select(p => p.Answer == p.Expected))),
            new Dictionary<string, double> { ["majorityAnswer"] = scored.Always(train.Majority().Answer).Mean });
    }
}

/// <summary>A pair of pictures with all its sentences.</summary>
/// <param name="Identifier">The pair's: without the sentence's number.</param>
/// <param name="Sentences">In the order of the raw file.</param>
public sealed record PairRow(string Identifier, IReadOnlyList<PairSentence> Sentences) : RowContent(Sentences.Count);

/// <summary>A sentence of a row; <paramref name="Label"/> is null where it is withheld.</summary>
public sealed record PairSentence(string Text, bool? Label);

/// <summary>One sentence about one pair of pictures.</summary>
/// <param name="Left">The encoded left picture; valid while the table is open.</param>
/// <param name="Right">The encoded right picture; valid while the table is open.</param>
/// <param name="Sentence">As published.</param>
/// <param name="Label">Whether it is true of the pair; null where that is withheld.</param>
/// <param name="Identifier">The pair's: without the sentence's number.</param>
public sealed record PairSample(ReadOnlyMemory<byte> Left, ReadOnlyMemory<byte> Right, string Sentence, bool? Label, string Identifier);

/// <summary>Whether a sentence is true.</summary>
/// <param name="Split">The sentence's.</param>
/// <param name="Identifier">The pair's.</param>
/// <param name="Sentence">As published.</param>
/// <param name="Answer">What the model says.</param>
/// <param name="Expected">Null where it is withheld.</param>
/// <param name="Score">1 where the two agree, else 0.</param>
public sealed record PairPrediction(string Split, string Identifier, string Sentence, bool Answer, bool? Expected, int Score)
    : TaskPrediction(TaskKinds.Pairs.Name)
{
    public static PairPrediction Of(string split, PairSample sample, bool answer) =>
        new(split, sample.Identifier, sample.Sentence, answer, sample.Label, answer == sample.Label ? 1 : 0);
}

/// <summary>The sentences of one split, each about a pair of pictures; equal rows mean equal pairs.</summary>
public sealed class PairTable(params IReadOnlyList<string> paths) : SampleTable<PairSample>(paths,
    ["image_0", "image_1", "questions", "answers", "identifier"], PairTask.Images, row => row.Length("questions")), IShownSamples
{
    /// <summary>The more frequent label; false of equals.</summary>
    public Majority<bool> Majority()
    {
        bool[] labels = [.. Labels];
        return Scoring.Majority.Of(labels.Select(label => (label, 1.0)), labels.Length, "The training split has no labels.");
    }

    /// <summary>What one label of every labelled sentence scores.</summary>
    public MeanScore Always(bool answer) => MeanScore.Of(Labels.Select(label => label == answer));

    private IEnumerable<bool> Labels => Samples.Select(sample => sample.Label).OfType<bool>();

    public ShownSample Show(int index)
    {
        PairSample sample = this[index];
        return new(sample.Sentence, sample.Label is { } label ? [label ? PairTask.True : PairTask.False] : []);
    }

    private protected override PairSample Read(StoredRow row, int ordinal) =>
        new(row.Bytes("image_0"), row.Bytes("image_1"), row.Item("questions", ordinal) ?? "", Label(row, ordinal), row.Text("identifier"));

    private static bool? Label(StoredRow row, int ordinal) => row.Item("answers", ordinal) switch
    {
        PairTask.True => true,
        PairTask.False => false,
        null or "" => null,
        string other => throw new DasException(ErrorKind.Data,
            $"The answer '{other}' to a sentence about pair {row.Text("identifier")} is neither {PairTask.True} "
            + $"nor {PairTask.False}."),
    };
}
