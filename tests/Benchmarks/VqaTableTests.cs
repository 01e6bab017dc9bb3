using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Das.Tests.Benchmarks;

public sealed class VqaTableTests : FolderTest
{
    private static TableRow Row(int i, int bytes = 10) => new(new VqaRow(i, "train",
        [.. Enumerable.Range(0, 1 + i % 3).Select(q => new VqaQuestion(i * 10 + q, $"question {i}.{q} é?", ["yes", "no"], [3, i % 7], [0.3, 1.0]))]),
            Enumerable.Repeat((byte)i, bytes).ToArray());

    private string Write(string name, IEnumerable<TableRow> rows) => Tables.Write(folder[name], TaskKinds.Vqa, rows);

    [Fact]
    public void What_is_written_is_read_across_files_and_batches()
    {
        TableRow[] rows = [.. Enumerable.Range(0, 20).Select(i => Row(i, TableWriter.BatchBytes / 3))];
        using VqaTable table = new(Write("a.arrow", rows[..15]), Write("b.arrow", rows[15..]));
        var expected = rows.SelectMany(r => ((VqaRow)r.Content).Questions.Select(q => (Row: r, Question: q))).ToList();
        Assert.Equal(expected.Count, table.Count);
        for (int i = 0; i < table.Count; i++)
        {
            (TableRow row, VqaQuestion question) = expected[i];
            VqaSample sample = table[i];
            Assert.True(row.Images[0].Span.SequenceEqual(sample.Image.Span));
            Assert.Equal((((VqaRow)row.Content).ImageId.ToString(), question.Text, question.Id), (sample.ImageId, sample.Question, sample.QuestionId));
            Assert.Equal(question.Labels, sample.Labels);
            Assert.Equal([0.3f, 1f], sample.Scores);
            Assert.Equal(question.Answers, sample.Answers);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => table[table.Count]);
    }

    [Fact]
    public void Others_read_our_files_with_the_published_columns()
    {
        using ArrowFileReader reader = new(File.OpenRead(Write("a.arrow", [Row(1), Row(2)])));
        using RecordBatch batch = reader.ReadNextRecordBatch();
        Assert.Equal("image:binary questions:list answers:list answer_labels:list answer_scores:list image_id:int64 question_id:list split:utf8",
            string.Join(' ', reader.Schema.FieldsList.Select(f => $"{f.Name}:{f.DataType.Name}")));
        Assert.Equal("question 2.1 é?", ((StringArray)((ListArray)batch.Column("questions")).GetSlicedValues(1)).GetString(1));
        Assert.Equal([2L, 2L], ((Int64Array)((ListArray)((ListArray)batch.Column("answer_labels")).GetSlicedValues(1)).GetSlicedValues(2)).Values.ToArray()
            .Skip(1).Append(2L));
    }

    [Fact]
    public void Large_variants_and_lists_of_null_are_read()
    {
        Field Of(string name, IArrowType type) => new(name, type, true);
        Schema schema = new([Of("image", LargeBinaryType.Default), Of("questions", new LargeListType(LargeStringType.Default)),
            Of("answers", new ListType(NullType.Default)),
            Of("answer_labels", new ListType(NullType.Default)), Of("answer_scores", new ListType(NullType.Default)), Of("image_id", LargeStringType.Default),
            Of("question_id", new ListType(Int64Type.Default)), Of("split", StringType.Default)], null);
        static ArrowBuffer Offsets(params int[] o) => new(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(o).ToArray());
        static ArrowBuffer LongOffsets(params long[] o) => new(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(o).ToArray());
        IArrowArray Build(IArrowType type, int length, ArrowBuffer[] buffers, params ArrayData[] children) =>
            ArrowArrayFactory.BuildArray(new ArrayData(type, length, 0, 0, buffers, children));
        ArrayData texts = new(LargeStringType.Default, 2, 0, 0, [ArrowBuffer.Empty, LongOffsets(0, 3, 6), new("a?bcb?d"u8.ToArray())]);
        ArrayData ids = new(Int64Type.Default, 2, 0, 0, [ArrowBuffer.Empty, LongOffsets(7, 8)]);
        ArrayData none = new(NullType.Default, 0, 0, 0, []);
        IArrowArray Empty() => Build(new ListType(NullType.Default), 1, [ArrowBuffer.Empty, Offsets(0, 0)], none);
        using (FileStream stream = File.Create(folder["x.arrow"]))
        using (ArrowFileWriter writer = new(stream, schema))
        {
            writer.WriteRecordBatch(new(schema,
            [
                Build(LargeBinaryType.Default, 1, [ArrowBuffer.Empty, LongOffsets(0, 2), new(new byte[] { 5, 6 })]),
                Build(new LargeListType(LargeStringType.Default), 1, [ArrowBuffer.Empty, LongOffsets(0, 2)], texts), Empty(), Empty(), Empty(),
                Build(LargeStringType.Default, 1, [ArrowBuffer.Empty, LongOffsets(0, 3), new("abc"u8.ToArray())]),
                Build(new ListType(Int64Type.Default), 1, [ArrowBuffer.Empty, Offsets(0, 2)], ids), new StringArray.Builder().Append("test").Build(),
            ], 1));
            writer.WriteEnd();
        }
        using VqaTable table = new(folder["x.arrow"], Write("y.arrow", [Row(4)]));
        Assert.Equal(2 + 2, table.Count);
        Assert.Equal(("abc", "cb?", 8L, 2), (table[1].ImageId, table[1].Question, table[1].QuestionId, table[1].Image.Length));
        Assert.Empty(table[1].Labels);
        Assert.Equal([3, 4], table[2].Labels);
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused_in_a_sentence()
    {
        byte[] whole = File.ReadAllBytes(Write("a.arrow", Enumerable.Range(0, 30).Select(i => Row(i))));
        for (int length = 0; length < whole.Length; length += 1 + whole.Length / 50)
        {
            folder.Write("cut.arrow", whole[..length]);
            Refuses.Data("cut.arrow", () => new VqaTable(folder["cut.arrow"]));
        }
    }

    [Fact]
    public void A_damaged_file_gives_samples_or_a_sentence_but_never_anything_else()
    {
        byte[] whole = File.ReadAllBytes(Write("a.arrow", Enumerable.Range(0, 10).Select(i => Row(i))));
        DamagedBytes.AreReadOrRefused(whole, 9, 400, damaged =>
        {
            using VqaTable table = new(folder.Write("x.arrow", damaged));
            for (int i = 0; i < table.Count; i++) _ = table[i].Image.Length;
        });
    }

    [Fact]
    public void A_picture_of_a_closed_table_is_an_error_not_a_crash()
    {
        VqaTable table = new(Write("a.arrow", [Row(1)]));
        VqaSample sample = table[0];
        table.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sample.Image.ToArray());
    }

    [Fact]
    public void An_abandoned_table_leaves_no_file()
    {
        using (TableWriter writer = new(folder["a.arrow"], TaskKinds.Vqa)) writer.Add(Row(1));
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }
}
