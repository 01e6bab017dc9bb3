using System.Text.Encodings.Web;

namespace Das.Benchmarks.Tasks;

/// <summary>
/// A question about a picture, answered from a vocabulary. A row is a picture with all its questions and their soft labels (method §6.2); a model
/// is judged by the mean soft score of its answers (method §2.8).
/// </summary>
public sealed class VqaTask : TaskKind<VqaTable, VqaPrediction>
{
    private const string Accuracy = "accuracy";

    internal static readonly string[] Images = ["image"];

    public override string Name => "vqa";
    public override string IdColumn => "image_id";
    public override IReadOnlyList<string> PictureColumns => Images;

    public override IReadOnlyList<TaskMetric> Metrics { get; } = [new(Accuracy, "VQA", Contribution: score => score) { Headline = true }];

    public override Schema Columns { get; } = Of(
        ("image", BinaryType.Default), ("questions", Texts), ("answers", new ListType(Texts)), ("answer_labels", new ListType(Integers)),
        ("answer_scores", new ListType(Reals)), ("image_id", Int64Type.Default), ("question_id", Integers), ("split", StringType.Default));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        VqaRow[] pictures = [.. rows.Select(r => (VqaRow)r.Content)];
        ListArray.Builder ids = new(Int64Type.Default), answers = new(Texts), labels = new(Integers), scores = new(Reals);
        Int64Array.Builder imageIds = new();
        foreach (VqaRow row in pictures)
        {
            imageIds.Append(row.ImageId);
            ids.Append();
            answers.Append();
            labels.Append();
            scores.Append();
            foreach (VqaQuestion question in row.Questions) ((Int64Array.Builder)ids.ValueBuilder).Append(question.Id);
            if (row.Questions.All(q => q.Labels.Count == 0)) continue; // Published test tables hold [] here, not one [] a question.
            foreach (VqaQuestion question in row.Questions)
            {
                Append<StringArray.Builder>(answers, b => { foreach (string a in question.Answers) b.Append(a); });
                Append<Int64Array.Builder>(labels, b => { foreach (int l in question.Labels) b.Append(l); });
                Append<DoubleArray.Builder>(scores, b => { foreach (double s in question.Scores) b.Append(s); });
            }
        }
        return
        [
            Pictures(rows, 0), Lists(pictures.Select(p => p.Questions.Select(q => q.Text))), answers.Build(), labels.Build(), scores.Build(),
            imageIds.Build(), ids.Build(), Words(pictures.Select(p => p.Split)),
        ];
    }

    /// <summary>What the VQA server takes: a JSON list of question ids and answers, indented by 4 (method §2.8).</summary>
    public override bool WriteSubmission(string file, IReadOnlyList<TaskPrediction> predictions)
    {
        AtomicFile.Write(file, stream =>
        {
            using Utf8JsonWriter json = new(stream, new()
            {
                Indented = true, IndentSize = 4, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            });
            json.WriteStartArray();
            foreach (VqaPrediction prediction in predictions.Cast<VqaPrediction>())
            {
                json.WriteStartObject();
                json.WriteNumber("question_id", prediction.QuestionId);
                json.WriteString("answer", prediction.Answer);
                json.WriteEndObject();
                if (json.BytesPending > 1 << 16) json.Flush();
            }
            json.WriteEndArray();
        });
        return true;
    }

    public override ShownPrediction Show(JsonElement line) =>
        new("", Text(line, "question_id"), Score(line), Text(line, "question"), Text(line, "image_id"), Text(line, "expected"), Text(line, "answer"));

    private protected override VqaTable Open(IReadOnlyList<string> paths) => new(paths);

    private protected override TaskScores Score(DatasetManifest dataset, Benchmark benchmark, string asked, IReadOnlyList<VqaPrediction> predictions)
    {
        if (predictions.All(prediction => prediction.Expected.Count == 0)) return TaskScores.Withheld;
        using VqaTable train = Open(dataset, "train"), test = Open(dataset, asked);
        return new(new Dictionary<string, MeanScore> { [Accuracy] = MeanScore.Of([.. predictions.Select(prediction => (double)prediction.Score)]) },
            new Dictionary<string, double> { ["majorityAnswer"] = test.Always(train.Majority().Answer).Mean });
    }

    private static void Append<T>(ListArray.Builder outer, Action<T> values) where T : class
    {
        var inner = (ListArray.Builder)outer.ValueBuilder;
        inner.Append();
        values((T)(object)inner.ValueBuilder);
    }
}

/// <summary>One picture with all its questions.</summary>
/// <param name="ImageId">The published id.</param>
/// <param name="Split">The published split's name.</param>
/// <param name="Questions">In the order of the raw file.</param>
public sealed record VqaRow(long ImageId, string Split, IReadOnlyList<VqaQuestion> Questions) : RowContent(Questions.Count);

/// <summary>A question of a row; the three answer lists are parallel, and empty where the answers are withheld.</summary>
public sealed record VqaQuestion(long Id, string Text, IReadOnlyList<string> Answers, IReadOnlyList<int> Labels, IReadOnlyList<double> Scores);

/// <summary>One question about one picture.</summary>
/// <param name="Image">The encoded picture; valid while the table is open.</param>
/// <param name="ImageId">The published id.</param>
/// <param name="Question">As published, not normalised.</param>
/// <param name="QuestionId">The published id.</param>
/// <param name="Labels">Indices of the accepted answers in the vocabulary; empty where the answers are withheld.</param>
/// <param name="Scores">What each of them is worth, in (0, 1].</param>
/// <param name="Answers">The accepted answers, parallel to <paramref name="Labels"/>.</param>
public sealed record VqaSample(ReadOnlyMemory<byte> Image, string ImageId, string Question, long QuestionId, IReadOnlyList<int> Labels,
    IReadOnlyList<float> Scores, IReadOnlyList<string> Answers)
{
    /// <summary>What <paramref name="answer"/> (a label) is worth: its soft score, 0 where nobody gave it.</summary>
    public float Worth(int answer)
    {
        for (int i = 0; i < Labels.Count; i++)
            if (Labels[i] == answer) return Scores[i];
        return 0;
    }
}

/// <summary>The answer to a question.</summary>
/// <param name="QuestionId">The published id.</param>
/// <param name="ImageId">The published id.</param>
/// <param name="Question">As published.</param>
/// <param name="Answer">The model's.</param>
/// <param name="Expected">The accepted answers; none where they are withheld.</param>
/// <param name="Score">What the answer is worth, in [0, 1].</param>
public sealed record VqaPrediction(long QuestionId, string ImageId, string Question, string Answer, IReadOnlyList<string> Expected, float Score)
    : TaskPrediction(TaskKinds.Vqa.Name)
{
    /// <param name="sample">What was asked.</param>
    /// <param name="label">The answer's index in the vocabulary.</param>
    /// <param name="vocabulary">Label → answer.</param>
    public static VqaPrediction Of(VqaSample sample, int label, IReadOnlyList<string> vocabulary) =>
        new(sample.QuestionId, sample.ImageId, sample.Question, vocabulary[label], sample.Answers, sample.Worth(label));
}

/// <summary>The questions of one split.</summary>
public sealed class VqaTable(params IReadOnlyList<string> paths) : SampleTable<VqaSample>(paths,
    ["image", "questions", "image_id", "question_id", "answers", "answer_labels", "answer_scores"], VqaTask.Images, row => row.Length("questions")),
    IShownSamples
{
    /// <summary>The answer that is worth most over all questions.</summary>
    public Majority<int> Majority() => Scoring.Majority.Of(
        Samples.SelectMany(sample => sample.Labels.Zip(sample.Scores, (label, score) => (label, (double)score))), Count, "The training split has no answers.");

    /// <summary>What one answer to every question scores.</summary>
    public MeanScore Always(int answer) => MeanScore.Of([.. Samples.Select(sample => (double)sample.Worth(answer))]);

    public ShownSample Show(int index)
    {
        VqaSample sample = this[index];
        return new(sample.Question, sample.Answers);
    }

    private protected override VqaSample Read(StoredRow row, int ordinal) => new(
        row.Bytes("image"), row.Text("image_id"), row.Item("questions", ordinal)!,
        Id(row.Columns["question_id"], row.At, ordinal),
        List(row.Columns["answer_labels"], row.At, ordinal, Label),
        List(row.Columns["answer_scores"], row.At, ordinal, (items, i) => (float)items.Real(i)),
        List(row.Columns["answers"], row.At, ordinal, (items, i) => items.Text(i)));

    private static long Id(StoredColumn ids, long row, int question)
    {
        (long from, long to) = ids.Range(row);
        return from + question < to ? ids.Items.Integer(from + question) : throw new DasException(ErrorKind.Data,
            $"Row {row} has fewer question ids than questions.");
    }

    private static int Label(StoredColumn labels, long at) => labels.Integer(at) is var label and >= 0 and <= int.MaxValue
        ? (int)label
        : throw new DasException(ErrorKind.Data, $"{labels.Integer(at)} is no answer's label.");

    /// <summary>A question's own list; empty where the row holds none, as in test tables.</summary>
    private static T[] List<T>(StoredColumn lists, long row, int question, Func<StoredColumn, long, T> read)
    {
        (long from, long to) = lists.Range(row);
        if (from + question >= to || lists.Items.IsNull) return [];
        (long first, long end) = lists.Items.Range(from + question);
        T[] values = new T[end - first];
        for (long i = first; i < end; i++) values[i - first] = read(lists.Items.Items, i);
        return values;
    }
}
