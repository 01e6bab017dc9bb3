using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Das.Benchmarks.Arrow;

/// <summary>
/// Writes rows as the published VQA tables are laid out (spec §6.2): Arrow IPC file format, uncompressed. Record batches are bounded, so memory
/// is flat however long the table is. The file is written beside its name and takes it in <see cref="Complete"/>.
/// </summary>
public sealed class VqaTableWriter : IDisposable
{
    /// <summary>A batch is written once its pictures have this many bytes: enough to amortise the metadata, too little to be felt.</summary>
    public const int BatchBytes = 8 << 20;

    private const int BatchRows = 4096;

    private static readonly ListType Texts = new(StringType.Default), TextLists = new(Texts), Integers = new(Int64Type.Default), Reals = new(DoubleType.Default);

    private static readonly Schema Columns = new(
    [
        new Field("image", BinaryType.Default, true), new Field("questions", Texts, true), new Field("answers", TextLists, true),
        new Field("answer_labels", new ListType(Integers), true), new Field("answer_scores", new ListType(Reals), true),
        new Field("image_id", Int64Type.Default, true), new Field("question_id", Integers, true), new Field("split", StringType.Default, true),
    ], null);

    private readonly string file;
    private readonly FileStream stream;
    private readonly ArrowFileWriter writer;
    private readonly List<VqaRow> pending = [];
    private long pendingBytes;

    public long Rows { get; private set; }
    public long Questions { get; private set; }

    public VqaTableWriter(string file)
    {
        this.file = file;
        stream = File.Create(Partial);
        writer = new(stream, Columns, leaveOpen: true);
        writer.WriteStart();
    }

    private string Partial => file + ".partial";

    public void Add(VqaRow row)
    {
        pending.Add(row);
        Rows++;
        Questions += row.Questions.Count;
        pendingBytes += row.Image.Length;
        if (pendingBytes >= BatchBytes || pending.Count == BatchRows) WriteBatch();
    }

    /// <summary>Writes what is pending and the footer, flushes to the disk and gives the file its name.</summary>
    public void Complete()
    {
        if (pending.Count > 0 || Rows == 0) WriteBatch();
        writer.WriteEnd();
        stream.Flush(flushToDisk: true);
        writer.Dispose();
        stream.Dispose();
        File.Move(Partial, file, overwrite: true);
    }

    /// <summary>Without <see cref="Complete"/> nothing is left behind.</summary>
    public void Dispose()
    {
        writer.Dispose();
        stream.Dispose();
        File.Delete(Partial);
    }

    private void WriteBatch()
    {
        BinaryArray.Builder images = new();
        ListArray.Builder questions = new(StringType.Default), ids = new(Int64Type.Default);
        ListArray.Builder answers = new(Texts), labels = new(Integers), scores = new(Reals);
        Int64Array.Builder imageIds = new();
        StringArray.Builder splits = new();
        foreach (VqaRow row in pending)
        {
            images.Append(row.Image.Span);
            imageIds.Append(row.ImageId);
            splits.Append(row.Split);
            questions.Append();
            ids.Append();
            answers.Append();
            labels.Append();
            scores.Append();
            foreach (VqaQuestion question in row.Questions)
            {
                ((StringArray.Builder)questions.ValueBuilder).Append(question.Text);
                ((Int64Array.Builder)ids.ValueBuilder).Append(question.Id);
            }
            if (row.Questions.All(q => q.Labels.Count == 0)) continue; // Published test tables hold [] here, not one [] a question.
            foreach (VqaQuestion question in row.Questions)
            {
                Append<StringArray.Builder>(answers, b => { foreach (string a in question.Answers) b.Append(a); });
                Append<Int64Array.Builder>(labels, b => { foreach (int l in question.Labels) b.Append(l); });
                Append<DoubleArray.Builder>(scores, b => { foreach (double s in question.Scores) b.Append(s); });
            }
        }
        using RecordBatch batch = new(Columns,
        [
            images.Build(), questions.Build(), answers.Build(), labels.Build(), scores.Build(), imageIds.Build(), ids.Build(), splits.Build(),
        ], pending.Count);
        writer.WriteRecordBatch(batch);
        pending.Clear();
        pendingBytes = 0;
    }

    private static void Append<T>(ListArray.Builder outer, Action<T> values) where T : class
    {
        var inner = (ListArray.Builder)outer.ValueBuilder;
        inner.Append();
        values((T)(object)inner.ValueBuilder);
    }
}
